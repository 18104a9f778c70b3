/** What a prior authorization says of the plan's review (PDex 2.2, with the extensions of PAS): decision, day, reviewer, stay. */
import type { ToldClaim } from './claim.ts';
import { hasCode, numberOf, type ToldConcept, type ToldPeriod } from './facts.ts';
import type { ToldAdjudication } from './refusals.ts';

interface Extension {
  url?: string;
  extension?: Extension[];
  valueBoolean?: boolean;
  valueCodeableConcept?: ToldConcept;
  valueDate?: string;
  valueDateTime?: string;
  valuePeriod?: ToldPeriod;
}
interface Entry extends ToldAdjudication {
  extension?: Extension[];
  value?: unknown;
}
interface Line {
  extension?: Extension[];
  productOrService?: ToldConcept;
  quantity?: { value?: unknown };
  adjudication?: Entry[];
}

export interface ToldAuthorization extends Omit<ToldClaim, 'item' | 'adjudication'> {
  preAuthRefPeriod?: ToldPeriod[];
  extension?: Extension[];
  item?: Line[];
  adjudication?: Entry[];
}

/** @returns the extensions whose url ends so, also those inside others */
const named = (extensions: readonly Extension[] = [], end: string): Extension[] =>
  extensions.flatMap((each) => [...(each.url?.endsWith(end) ? [each] : []), ...named(each.extension, end)]);

export const adjudicationEntries = ({ adjudication = [], item = [] }: ToldAuthorization): Entry[] => [
  ...adjudication,
  ...item.flatMap((line) => line.adjudication ?? []),
];

const actionsIn = (entries: readonly Entry[]) =>
  entries
    .flatMap(({ extension }) => named(extension, '/extension-reviewActionCode'))
    .flatMap(({ valueCodeableConcept: { coding = [] } = {} }) => coding.flatMap(({ code }) => code ?? []));

/** @returns the reasons that PDex 2.0 and 2.2 have in `extension-reviewAction` (X12 278, codes of 886) */
export const reviewReasonsOf = (facts: ToldAuthorization): ToldConcept[] =>
  adjudicationEntries(facts)
    .flatMap(({ extension }) => named(extension, '/extension-reviewAction'))
    .flatMap(({ extension }) => named(extension, 'reasonCode'))
    .flatMap(({ valueCodeableConcept }) => valueCodeableConcept ?? []);

/** The decisions of X12 (306) after which a request as a whole is approved in part, if its lines have different ones. */
const DECIDED = ['A1', 'A2', 'A3', 'A6'];

/** @returns the code of the decision about the whole request, otherwise what those of its lines come to */
export function decisionOf({ adjudication = [], item = [] }: ToldAuthorization): string | undefined {
  const [whole] = actionsIn(adjudication);
  if (whole !== undefined) return whole;
  const [first, ...others] = new Set(actionsIn(item.flatMap((line) => line.adjudication ?? [])));
  if (first === undefined || others.length === 0) return first;
  return [first, ...others].every((code) => DECIDED.includes(code)) ? 'A2' : undefined;
}

/** @returns when the plan decided last: PDex 2.2 has it for each decision, PAS for approvals */
export function decidedOn(facts: ToldAuthorization): string | undefined {
  const { item = [] } = facts;
  const dates = [
    ...adjudicationEntries(facts).flatMap(({ extension }) => named(extension, '/base-ext-when-adjudicated')),
    ...item.flatMap(({ extension }) => named(extension, '/extension-itemPreAuthIssueDate')),
  ];
  return dates
    .flatMap(({ valueDateTime, valueDate }) => valueDateTime ?? valueDate ?? [])
    .sort()
    .at(-1);
}

/** Whether a person reviewed it, and of which specialty. */
export function reviewerOf({ extension }: ToldAuthorization): { isHuman?: boolean; specialty?: ToldConcept } {
  const [reviewer] = named(extension, '/extension-claimResponseReviewer');
  const [flag] = named(reviewer?.extension, 'wasHumanReviewedFlag');
  const [specialty] = named(reviewer?.extension, 'reviewerSpecialty');
  return {
    ...(flag?.valueBoolean !== undefined && { isHuman: flag.valueBoolean }),
    ...(specialty?.valueCodeableConcept && { specialty: specialty.valueCodeableConcept }),
  };
}

/** The stay in a hospital that was asked for: the first line that has one. */
export function stayOf({ item = [] }: ToldAuthorization): ToldPeriod | undefined {
  const [admission] = item.flatMap(({ extension }) => named(extension, '/extension-admissionDates'));
  const [discharge] = item.flatMap(({ extension }) => named(extension, '/extension-dischargeDate'));
  if (!admission && !discharge) return undefined;
  const { start = admission?.valueDate, end = discharge?.valueDate } = admission?.valuePeriod ?? {};
  return { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
}

/** X12's codes (005010/1322) for an appeal: immediate, and standard. */
const APPEALS = ['1', '2'];

/** @returns whether the request asks the plan to decide again what it refused (PAS: certification type) */
export const isAppeal = ({ extension }: ToldAuthorization): boolean =>
  named(extension, '/extension-certificationType').some(({ valueCodeableConcept }) =>
    APPEALS.some((code) => hasCode(valueCodeableConcept, code)),
  );

/** @returns whether the plan has decided again since, in another request */
export const wasDecidedAgain = ({ related = [] }: ToldAuthorization): boolean =>
  related.some(({ relationship }) => hasCode(relationship, 'replacedby'));

/** How much of a line was asked for, approved and used. Absent where the plan has not said it. */
export interface Units {
  service?: ToldConcept;
  asked?: number;
  allowed: number;
  used?: number;
}

/** @returns a row for each line of which the plan said how much it approved */
export function unitsOf({ item = [] }: ToldAuthorization): Units[] {
  return item.flatMap(({ productOrService, quantity, adjudication = [] }) => {
    const of = (code: string) =>
      numberOf(adjudication.find(({ category }) => hasCode(category, code))?.value);
    const [asked, allowed, used] = [numberOf(quantity?.value), of('allowedunits'), of('consumedunits')];
    if (allowed === undefined) return [];
    return [
      {
        allowed,
        ...(productOrService && { service: productOrService }),
        ...(asked !== undefined && { asked }),
        ...(used !== undefined && { used }),
      },
    ];
  });
}
