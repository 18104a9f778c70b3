/** What a member wants to know of a claim: what, when, who, what was charged and paid, what is owed and why. */
import {
  type ToldConcept,
  hasCode,
  linkedName,
  numberOf,
  type ToldMoney,
  type ToldPeriod,
  type ToldReference,
  words,
} from './facts.ts';
import { isDecided, isWithdrawn, stateSentences, type ToldState } from './claim-state.ts';
import { amountOf, totalOf, type ToldTotal } from './claim-total.ts';
import { whenWords } from './format.ts';
import { networkSentences } from './network.ts';
import { noteSentences, type ToldNotes } from './notes.ts';
import { otherMayPay, otherPaid, type ToldInsurances } from './other-insurance.ts';
import { type ToldAdjudication, appeal, refusals } from './refusals.ts';
import type { NarrativeOptions, Sentence } from './sentence.ts';

interface ToldAmount extends ToldAdjudication {
  amount?: ToldMoney;
}

export interface ToldClaim extends ToldState, ToldTotal, ToldNotes, ToldInsurances {
  created?: string;
  type?: ToldConcept;
  patient?: ToldReference;
  provider?: ToldReference;
  billablePeriod?: ToldPeriod;
  payment?: { type?: ToldConcept };
  item?: { productOrService?: ToldConcept; noteNumber?: number[]; adjudication?: ToldAmount[] }[];
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

/** Hospitals' lines without a procedure have this code (data-absent-reason). */
const NONE = 'not-applicable';

/** @returns what was done, by the words of the first line that has some */
export function serviceOf({ item = [] }: ToldClaim): Sentence | undefined {
  const lines = item.filter(({ productOrService }) => !hasCode(productOrService, NONE));
  const [first, ...more] = lines.flatMap(({ productOrService }) => words(productOrService) ?? []);
  if (first === undefined) return undefined;
  if (more.length === 0) return { en: first, es: first };
  return { en: `${first}, and ${more.length} more`, es: `${first}, y ${more.length} más` };
}

function care(claim: ToldClaim): Sentence {
  const { type, billablePeriod = {}, provider, patient } = claim;
  const [kind, when, service] = [kindOf(type), whenWords(billablePeriod), serviceOf(claim)];
  const by = linkedName(provider);
  const who = patient?.display;
  return {
    en: `${kind.en}${service ? ` (${service.en})` : ''}${when ? ` ${when.en}` : ''}${by ? `, by ${by}` : ''}${who ? `, for ${who}` : ''}.`,
    es: `${kind.es}${service ? ` (${service.es})` : ''}${when ? ` ${when.es}` : ''}${by ? `, de ${by}` : ''}${who ? `, para ${who}` : ''}.`,
  };
}

/** Parts of what a member owes, in the order in which a plan takes them off. */
const OWED_FOR: Readonly<Record<string, Sentence>> = {
  deductible: { en: 'deductible', es: 'deducible' },
  copay: { en: 'copay', es: 'copago' },
  coinsurance: { en: 'coinsurance', es: 'coseguro' },
  noncovered: { en: 'not covered', es: 'no cubierto' },
};

const NOTHING_OWED: Sentence = { en: 'You owe nothing.', es: 'Usted no debe nada.' };

/** Of a claim that is decided in part, zero is only what is owed so far. */
function owed(claim: ToldClaim): Sentence[] {
  const amount = amountOf(claim, 'memberliability');
  if (!amount) return [];
  if (numberOf(totalOf(claim, 'memberliability')?.value) === 0)
    return claim.outcome === 'partial' ? [] : [NOTHING_OWED];
  const parts = Object.entries(OWED_FOR).flatMap(([code, name]) => {
    const part = amountOf(claim, code);
    return part ? [{ en: `${name.en} ${part.en}`, es: `${name.es} ${part.es}` }] : [];
  });
  const why = (language: 'en' | 'es') =>
    parts.length > 0 ? `: ${parts.map((part) => part[language]).join(', ')}` : '';
  return [{ en: `You owe ${amount.en}${why('en')}.`, es: `Usted debe ${amount.es}${why('es')}.` }];
}

function charged(claim: ToldClaim): Sentence[] {
  const sum = amountOf(claim, 'submitted');
  return sum ? [{ en: `Charged: ${sum.en}.`, es: `Cobrado: ${sum.es}.` }] : [];
}

function paid(claim: ToldClaim): Sentence[] {
  const sum = amountOf(claim, 'benefit');
  return sum ? [{ en: `The plan paid ${sum.en}.`, es: `El plan pagó ${sum.es}.` }] : [];
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
  const money = [...charged(claim), ...otherPaid(claim), ...paid(claim), ...owed(claim)];
  const network = networkSentences(entriesOf(claim));
  return [
    what,
    ...network,
    ...state,
    ...money,
    ...otherMayPay(claim),
    ...whyNotAll(claim, options),
    ...notes,
  ];
}
