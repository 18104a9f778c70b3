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
export function centsOf({ total = [] }: Totalled, code: string): number {
  const [found] = ofCode(total, code);
  return Math.round(((found && numberIn(found)) ?? 0) * 100);
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

/** Is each sum that the member has paid once in the totals? It may be in none only where no line has it. */
export function totalsSayAll(claim: Totalled): boolean {
  const adjudication = adjudicationOf(claim);
  return PAID_BY_MEMBER.every((code) => {
    const [found, ...more] = ofCode(claim.total ?? [], code);
    if (found) return more.length === 0 && numberIn(found) !== undefined;
    return ofCode(adjudication, code).every((each) => (numberIn(each) ?? 0) === 0);
  });
}
