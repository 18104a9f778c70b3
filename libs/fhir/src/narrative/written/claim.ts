/** What a member wants to know of a claim: what, when, who, what was charged and paid, what is owed and why. */
import {
  type ToldConcept,
  hasCode,
  linkedName,
  numberOf,
  type ToldMoney,
  type ToldPeriod,
  type ToldReference,
} from './facts.ts';
import { isDecided, isWithdrawn, stateSentences, type ToldState } from './claim-state.ts';
import { amountOf, type ToldTotal } from './claim-total.ts';
import { whenWords } from './format.ts';
import { networkSentences } from './network.ts';
import { noteSentences, type ToldNotes } from './notes.ts';
import { otherMayPay, otherPaid, type ToldInsurances } from './other-insurance.ts';
import { type ToldAdjudication, appeal, refusals } from './refusals.ts';
import type { NarrativeOptions, Sentence } from './sentence.ts';
import { serviceOf } from './service.ts';
import { sharedSentences, type ToldPayment } from './shares.ts';

interface ToldAmount extends ToldAdjudication {
  amount?: ToldMoney;
}

export interface ToldClaim extends ToldState, ToldTotal, ToldPayment, ToldNotes, ToldInsurances {
  created?: string;
  type?: ToldConcept;
  patient?: ToldReference;
  provider?: ToldReference;
  billablePeriod?: ToldPeriod;
  item?: {
    productOrService?: ToldConcept;
    noteNumber?: number[];
    net?: ToldMoney;
    adjudication?: ToldAmount[];
  }[];
  adjudication?: ToldAmount[];
}

const KINDS: Readonly<Record<string, Sentence>> = {
  professional: { en: 'Care', es: 'Atención médica' },
  institutional: { en: 'Care at a hospital or facility', es: 'Atención en un hospital o centro' },
  pharmacy: { en: 'Medicine', es: 'Medicamentos' },
  oral: { en: 'Dental care', es: 'Atención dental' },
  vision: { en: 'Vision care', es: 'Atención de la vista' },
};
const ANY_KIND: Sentence = { en: 'Care', es: 'Atención médica' };

const kindOf = (type?: ToldConcept): Sentence =>
  type?.coding?.map(({ code = '' }) => KINDS[code]).find((kind) => kind !== undefined) ?? ANY_KIND;

function care(claim: ToldClaim): Sentence {
  const { type, billablePeriod = {}, provider, patient, item } = claim;
  const [kind, when, service] = [kindOf(type), whenWords(billablePeriod), serviceOf(item)];
  const by = linkedName(provider);
  const who = patient?.display;
  return {
    en: `${kind.en}${service ? ` (${service.en})` : ''}${when ? ` ${when.en}` : ''}${by ? `, by ${by}` : ''}${who ? `, for ${who}` : ''}.`,
    es: `${kind.es}${service ? ` (${service.es})` : ''}${when ? ` ${when.es}` : ''}${by ? `, de ${by}` : ''}${who ? `, para ${who}` : ''}.`,
  };
}

function charged(claim: ToldClaim): Sentence[] {
  const sum = amountOf(claim, 'submitted');
  return sum ? [{ en: `Charged: ${sum.en}.`, es: `Cobrado: ${sum.es}.` }] : [];
}

const entriesOf = ({ adjudication = [], item = [] }: ToldClaim) => [
  ...adjudication,
  ...item.flatMap((line) => line.adjudication ?? []),
];

const WHY: Sentence = { en: 'Why not all was paid:', es: 'Por qué no se pagó todo:' };

/** An amount that the plan does not cover stands there with and without a reason. */
const isNotCovered = ({ category, amount }: ToldAmount) =>
  hasCode(category, 'noncovered') && (numberOf(amount?.value) ?? 0) > 0;

function whyNotAll(claim: ToldClaim, options: NarrativeOptions): Sentence[] {
  const { total = [], payment, created } = claim;
  const entries = entriesOf(claim);
  const reasons = refusals(entries);
  const isRefused = hasCode(payment?.type, 'denied') || [...total, ...entries].some(isNotCovered);
  if (reasons.length === 0 && !isRefused) return [];
  return [...(reasons.length > 0 ? [WHY] : []), ...reasons, appeal(options, created)];
}

export function claimSentences(claim: ToldClaim, options: NarrativeOptions): Sentence[] {
  const [what, state, notes] = [care(claim), stateSentences(claim), noteSentences(claim)];
  if (isWithdrawn(claim)) return [what, ...state, ...notes];
  if (!isDecided(claim)) return [what, ...state, ...charged(claim), ...notes];
  const sums = [...charged(claim), ...otherPaid(claim), ...sharedSentences(claim)];
  const network = networkSentences(entriesOf(claim));
  return [what, ...network, ...state, ...sums, ...otherMayPay(claim), ...whyNotAll(claim, options), ...notes];
}
