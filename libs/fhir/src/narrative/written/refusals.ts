/** What a plan gives as reasons where it did not pay or approve all, and what a member can do. */
import { hasCode, type ToldConcept, words } from './facts.ts';
import { daysAfter } from './format.ts';
import { REASON_SYSTEMS } from './reasons.ts';
import type { NarrativeOptions, Sentence } from './sentence.ts';

export interface ToldAdjudication {
  category?: ToldConcept;
  reason?: ToldConcept;
}

/** The categories of C4BB and PDex under which a reason stands. Under others `reason` is a status, such as `innetwork`. */
const REASONS = ['adjustmentreason', 'rejectreason', 'denialreason'];

type Coding = NonNullable<ToldConcept['coding']>[number];

const tableOf = ({ system = '' }: Coding) => REASON_SYSTEMS[system];

const isNoRefusal = (coding: Coding) => tableOf(coding)?.noRefusals?.includes(coding.code ?? '') ?? false;

/** Some senders write `07` for `7`. */
function ownWords(coding: Coding): Sentence[] {
  const { code = '' } = coding;
  const words = tableOf(coding)?.words ?? {};
  const named = [code, code.replace(/^0+(?=\d+$)/, '')].find((each) => Object.hasOwn(words, each));
  return named === undefined ? [] : [words[named] as Sentence];
}

/** A code that has no words here, and that the plan sent without words. */
function bare({ coding = [] }: ToldConcept): Sentence[] {
  const found = coding.find((each) => each.code !== undefined && tableOf(each) !== undefined);
  const kind = found && tableOf(found)?.kind;
  if (!kind) return [];
  return [
    {
      en: `The plan's reason has the code ${found.code} (${kind.en}). The plan can say what it means.`,
      es: `La razón del plan tiene el código ${found.code} (${kind.es}). El plan puede decir qué significa.`,
    },
  ];
}

/** @returns our own words for a code before those of the plan: they say what can be done */
export function reasonSentences(reason: ToldConcept): Sentence[] {
  const { coding = [] } = reason;
  if (coding.some(isNoRefusal)) return [];
  const known = coding.flatMap(ownWords);
  if (known.length > 0) return known;
  const said = words(reason)?.replace(/\.$/, '');
  if (said === undefined) return bare(reason);
  return [{ en: `The plan's reason: ${said}.`, es: `La razón del plan: ${said}.` }];
}

function reasonsIn({ category, reason }: ToldAdjudication): ToldConcept[] {
  if (!reason) return [];
  const isReason = REASONS.some((code) => hasCode(category, code)) || reason.coding?.some(tableOf);
  return isReason ? [reason] : [];
}

/** @returns each reason once */
export const refusals = (adjudications: readonly ToldAdjudication[]): Sentence[] =>
  eachOnce(adjudications.flatMap(reasonsIn).flatMap(reasonSentences));

export const eachOnce = (sentences: readonly Sentence[]): Sentence[] => [
  ...new Map(sentences.map((sentence) => [sentence.en, sentence])).values(),
];

/**
 * What a member can do. The notice reaches the member after the day of the decision, so the date that is named here is
 * never too late.
 *
 * @param decided the day of the decision, where the resource says it
 */
export function appeal({ appealDays }: NarrativeOptions, decided: string | undefined): Sentence {
  const until = appealDays === undefined ? undefined : daysAfter(decided, appealDays);
  if (!until)
    return {
      en: 'You can appeal. The plan’s letter says how, and by when.',
      es: 'Usted puede apelar. La carta del plan dice cómo y hasta cuándo.',
    };
  return {
    en: `You can appeal until ${until.en}. The plan’s letter says how.`,
    es: `Usted puede apelar hasta el ${until.es}. La carta del plan dice cómo.`,
  };
}
