/** What a member wants to know of a prior authorization: what was asked, what the plan decided, until when it holds. */
import { type ToldClaim, serviceOf } from './claim.ts';
import { linkedName, type ToldConcept, type ToldPeriod } from './facts.ts';
import { dayWords, whenWords } from './format.ts';
import { type ToldAdjudication, appeal, refusals } from './reasons.ts';
import type { NarrativeOptions, Sentence } from './sentence.ts';

interface Extension {
  url?: string;
  extension?: Extension[];
  valueCodeableConcept?: ToldConcept;
}
type Extended = ToldAdjudication & { extension?: Extension[] };

export interface ToldAuthorization extends ToldClaim {
  preAuthRefPeriod?: ToldPeriod[];
  extension?: Extension[];
}

/** The plan's decisions by X12's codes (005010/306), in words of our own. */
const DECISIONS: Readonly<Record<string, Sentence>> = {
  A1: { en: 'The plan approved it.', es: 'El plan lo aprobó.' },
  A2: { en: 'The plan approved a part of it.', es: 'El plan aprobó una parte.' },
  A3: { en: 'The plan denied it.', es: 'El plan lo negó.' },
  A4: { en: 'The plan has not decided yet.', es: 'El plan aún no ha decidido.' },
  A6: { en: 'The plan approved it with changes.', es: 'El plan lo aprobó con cambios.' },
  C: { en: 'It was cancelled.', es: 'Se canceló.' },
};
const PENDED = DECISIONS['A4'] as Sentence;
/** Decisions against which a member can appeal. */
const ADVERSE: ReadonlySet<string> = new Set(['A2', 'A3', 'A6']);
const HOLDS: ReadonlySet<string> = new Set(['A1', 'A2', 'A6']);

const REVIEW_ACTION = /\/extension-reviewActionCode$/;

function codesIn(extensions: readonly Extension[] = []): string[] {
  return extensions.flatMap(({ url = '', extension, valueCodeableConcept: { coding = [] } = {} }) => [
    ...(REVIEW_ACTION.test(url) ? coding.flatMap(({ code }) => code ?? []) : []),
    ...codesIn(extension),
  ]);
}

/** @returns the code of the decision about the whole request, otherwise that of its lines if they have the same */
function decisionOf({ adjudication = [], item = [] }: ToldAuthorization): string | undefined {
  const of = (entries: readonly Extended[]) => entries.flatMap(({ extension }) => codesIn(extension));
  const [whole] = of(adjudication);
  if (whole !== undefined) return whole;
  const [first, ...others] = new Set(of(item.flatMap((line) => line.adjudication ?? [])));
  return others.length === 0 ? first : undefined;
}

function request(facts: ToldAuthorization): Sentence {
  const { provider, patient, created } = facts;
  const service = serviceOf(facts);
  const sent = created === undefined ? undefined : dayWords(created);
  const by = linkedName(provider);
  const who = patient?.display;
  return {
    en: `Request to approve ${service?.en ?? 'care'}${by ? ` by ${by}` : ''}${who ? `, for ${who}` : ''}${sent ? `, of ${sent.en}` : ''}.`,
    es: `Solicitud para aprobar ${service?.es ?? 'atención médica'}${by ? ` de ${by}` : ''}${who ? `, para ${who}` : ''}${sent ? `, del ${sent.es}` : ''}.`,
  };
}

export function authorizationSentences(facts: ToldAuthorization, options: NarrativeOptions): Sentence[] {
  const code = decisionOf(facts);
  const decision = code === undefined ? undefined : DECISIONS[code];
  const said = decision ?? (facts.outcome === 'queued' ? PENDED : undefined);
  const valid = code !== undefined && HOLDS.has(code) && whenWords(facts.preAuthRefPeriod?.[0] ?? {});
  const { adjudication = [], item = [] } = facts;
  const reasons = refusals([...adjudication, ...item.flatMap((line) => line.adjudication ?? [])]);
  const isAdverse = code !== undefined && ADVERSE.has(code);
  return [
    request(facts),
    ...(said ? [said] : []),
    ...(valid ? [{ en: `It is valid ${valid.en}.`, es: `Es válido ${valid.es}.` }] : []),
    // Which day the plan decided is not in every request, so no date is counted from one.
    ...(isAdverse ? [...reasons, appeal(options, undefined)] : []),
  ];
}
