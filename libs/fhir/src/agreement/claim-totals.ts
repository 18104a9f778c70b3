/** What a member has paid of a claim, as its totals say it. */
import { hasCode, numberOf, type ToldConcept, type ToldMoney } from '../narrative/written/facts.ts';

interface Amount {
  category?: ToldConcept;
  amount?: ToldMoney;
}
/** A claim, or a line of it. */
interface Adjudicated {
  adjudication?: Amount[];
  item?: Adjudicated[];
  addItem?: Adjudicated[];
  detail?: Adjudicated[];
  subDetail?: Adjudicated[];
}
export interface Totalled extends Adjudicated {
  total?: Amount[];
}

export const PAID_BY_MEMBER = ['deductible', 'copay', 'coinsurance'] as const;

const ofCode = (amounts: readonly Amount[], code: string) =>
  amounts.filter(({ category }) => hasCode(category, code));
const numberIn = ({ amount }: Amount) => numberOf(amount?.value);

/** Sums are in whole cents, so that their order does not matter. */
const centsIn = (amount: Amount): number => Math.round((numberIn(amount) ?? 0) * 100);

export function centsOf({ total = [] }: Totalled, code: string): number {
  const [found] = ofCode(total, code);
  return found ? centsIn(found) : 0;
}

/** A reversal takes an earlier claim back; its own sums are below zero. */
export const isReversal = ({ total = [] }: Totalled): boolean =>
  total.some((each) => (numberIn(each) ?? 0) < 0);

/** The adjudication of the claim and of all its lines. */
const adjudicationOf = ({
  adjudication = [],
  item = [],
  addItem = [],
  detail = [],
  subDetail = [],
}: Adjudicated): Amount[] => [
  ...adjudication,
  ...[...item, ...addItem, ...detail, ...subDetail].flatMap(adjudicationOf),
];

/**
 * Does the claim say what the member owes, or a part of it? It may come without amounts (C4BB's profiles that end in `-Basis`),
 * with the charge alone (capitated and bundled care), or with what the plan paid and did not cover: nobody knows then what the
 * member has paid.
 */
const saysOwed = ({ total = [] }: Totalled): boolean =>
  ['memberliability', ...PAID_BY_MEMBER].some((code) =>
    ofCode(total, code).some((each) => numberIn(each) !== undefined),
  );

/**
 * Is what the member owes the sum of its parts? A plan may say it and not for what, or say parts of which nothing is owed: then
 * it does not say how much of it counts. What is not covered may be owed by the member, or by nobody.
 */
function isOwedInParts(claim: Totalled): boolean {
  const parts = PAID_BY_MEMBER.reduce((sum, code) => sum + centsOf(claim, code), 0);
  const sums = [parts, parts + centsOf(claim, 'noncovered')];
  return ofCode(claim.total ?? [], 'memberliability').every((each) => sums.includes(centsIn(each)));
}

/** Is each sum that the member has paid once in the totals? It may be in none only where no line has it. */
export function totalsSayAll(claim: Totalled): boolean {
  if (!saysOwed(claim) || !isOwedInParts(claim)) return false;
  const adjudication = adjudicationOf(claim);
  return PAID_BY_MEMBER.every((code) => {
    const [found, ...more] = ofCode(claim.total ?? [], code);
    if (found) return more.length === 0 && numberIn(found) !== undefined;
    return ofCode(adjudication, code).every((each) => (numberIn(each) ?? 0) === 0);
  });
}
