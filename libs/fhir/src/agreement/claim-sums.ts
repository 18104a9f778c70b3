/**
 * What a member's claims of a benefit period add up to. The report about an import compares it with the plan's own
 * balances, and where a plan sends none, apps may get it (docs/adr/0124-add-up-balances-where-a-plan-sends-none.md).
 */
import type { ToldConcept, ToldMoney } from '../narrative/written/facts.ts';
import { centsOf, isReversal, PAID_BY_MEMBER, type Totalled } from './claim-totals.ts';
import { finderIn, isAssociated, isPrior, isReplacedBy, type RelatedClaim } from './related-claims.ts';

export interface Used {
  type?: ToldConcept;
  usedMoney?: ToldMoney;
}
interface Balance {
  unit?: ToldConcept;
  financial?: Used[];
}
/** As much of a claim as is added up. */
export interface AddedClaim extends RelatedClaim, Totalled {
  use?: string;
  status?: string;
  outcome?: string;
  created?: string;
  insurer?: object;
  insurance?: { focal?: boolean; coverage?: { reference?: string } }[];
  benefitPeriod?: { start?: string; end?: string };
  benefitBalance?: Balance[];
}

/** Of a member, under one coverage, in one benefit period; in cents. */
export interface ClaimSum {
  deductible: number;
  outOfPocket: number;
}

const isDecided = ({ outcome }: AddedClaim) => outcome !== 'queued' && outcome !== 'error';

const isEffective = ({ use, status }: AddedClaim) =>
  use === 'claim' && (status === 'active' || status === 'cancelled');

/** The claims in force, decided or not: no later claim has replaced them or taken them back. */
export function inForce(claims: readonly AddedClaim[]): AddedClaim[] {
  const own = claims.filter(isEffective);
  const find = finderIn(own);
  // A claim that was cancelled later has still replaced the one before it.
  const replaced = new Set(
    own
      .filter(isDecided)
      .flatMap((claim) => (claim.related ?? []).filter(isPrior).flatMap((relation) => find(claim, relation))),
  );
  return own.filter(
    (claim) =>
      claim.status === 'active' &&
      !isReversal(claim) &&
      !(claim.related ?? []).some(isReplacedBy) &&
      !replaced.has(claim),
  );
}

/** Does a reversal take back all of what it names? One that takes back a part leaves a rest, which is in no claim. */
const takesBack = (reversal: AddedClaim, earlier: readonly AddedClaim[]): boolean =>
  earlier.length > 0 &&
  PAID_BY_MEMBER.every(
    (code) => earlier.reduce((cents, claim) => cents + centsOf(claim, code), centsOf(reversal, code)) === 0,
  );

function namesOthers(claim: AddedClaim, find: ReturnType<typeof finderIn<AddedClaim>>): boolean {
  const earlier: AddedClaim[] = [];
  for (const relation of (claim.related ?? []).filter((each) => !isAssociated(each))) {
    const [other, ...more] = find(claim, relation);
    if (!other || more.length > 0) return false;
    if (isPrior(relation)) earlier.push(other);
    else if (!isReplacedBy(relation) || !isDecided(other)) return false;
  }
  return !isReversal(claim) || takesBack(claim, earlier);
}

/**
 * Does every claim that replaces another one, takes it back or was replaced name exactly one that is here? Where one does
 * not, a sum may have the same care twice, or not at all.
 */
export function nameEachOther(claims: readonly AddedClaim[]): boolean {
  const own = claims.filter(isEffective);
  const find = finderIn(own);
  return own.every((claim) => namesOthers(claim, find));
}

/** The claims that count: those in force that are decided. */
const counted = (claims: readonly AddedClaim[]): AddedClaim[] => inForce(claims).filter(isDecided);

export const periodKey = (coverage?: string, start?: string) =>
  coverage && start ? `${coverage} ${start}` : '';

export function sumOf(claims: readonly AddedClaim[]): ClaimSum {
  const sum = (code: string) => claims.reduce((cents, claim) => cents + centsOf(claim, code), 0);
  const outOfPocket = PAID_BY_MEMBER.reduce((cents, code) => cents + sum(code), 0);
  return { deductible: sum('deductible'), outOfPocket };
}

/** @returns the claims that count, by coverage and benefit period; those that do not say both are left out */
export function periodsOf(claims: readonly AddedClaim[]): Map<string, AddedClaim[]> {
  const periods = Map.groupBy(counted(claims), ({ insurance = [], benefitPeriod }) =>
    periodKey(insurance.find(({ focal }) => focal)?.coverage?.reference, benefitPeriod?.start),
  );
  periods.delete('');
  return periods;
}
