/** What a claim says of another insurance of the member. */
import { amountOf, totalOf, type ToldTotal } from './claim-total.ts';
import { linkedName, numberOf, type ToldReference } from './facts.ts';
import type { Sentence } from './sentence.ts';

export interface ToldInsurances {
  insurance?: { focal?: boolean; coverage?: ToldReference }[];
}
type Told = ToldInsurances & ToldTotal;

/** C4BB names another insurance only by `display`, in an entry that is not focal. */
function named(insurances: readonly { coverage?: ToldReference }[]): string {
  const names = insurances.flatMap(({ coverage }) => linkedName(coverage) ?? []);
  return names.length > 0 ? ` (${names.join(', ')})` : '';
}

const isMore = (claim: Told, code: string) => (numberOf(totalOf(claim, code)?.value) ?? 0) > 0;

/** R4 has the entries in the order in which they pay. @returns where the plan's own is, or -1 */
const ownIn = (insurance: NonNullable<Told['insurance']>) => insurance.findIndex(({ focal }) => focal);

/** @returns what another insurance has paid before the plan */
export function otherPaid(claim: Told): Sentence[] {
  const sum = amountOf(claim, 'priorpayerpaid');
  if (!sum || !isMore(claim, 'priorpayerpaid')) return [];
  const { insurance = [] } = claim;
  const by = named(insurance.slice(0, Math.max(0, ownIn(insurance))));
  return [{ en: `Your other insurance${by} paid ${sum.en}.`, es: `Su otro seguro${by} pagó ${sum.es}.` }];
}

/** An insurance after the plan's own can pay of what is left. */
export function otherMayPay(claim: Told): Sentence[] {
  const { insurance = [] } = claim;
  const own = ownIn(insurance);
  const later = own < 0 ? [] : insurance.slice(own + 1);
  if (later.length === 0 || !isMore(claim, 'memberliability')) return [];
  const by = named(later);
  return [
    {
      en: `Your other insurance${by} may pay a part of what you owe.`,
      es: `Su otro seguro${by} puede pagar una parte de lo que usted debe.`,
    },
  ];
}
