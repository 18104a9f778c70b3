/**
 * What a member's claims of a benefit period add up to. The report about an import compares it with the plan's own
 * balances, and where a plan sends none, apps may get it (docs/adr/0124-add-up-balances-where-a-plan-sends-none.md).
 */
import { hasCode, numberOf, type ToldConcept, type ToldMoney } from '../narrative/written/facts.ts';
import type { Resource } from '../resource.ts';

interface Identifier {
  system?: string;
  value?: string;
}
export interface Used {
  type?: ToldConcept;
  usedMoney?: ToldMoney;
}
interface Balance {
  unit?: ToldConcept;
  financial?: Used[];
}
/** As much of a claim as is added up. */
export interface AddedClaim extends Resource {
  use?: string;
  status?: string;
  outcome?: string;
  created?: string;
  identifier?: Identifier[];
  related?: { relationship?: ToldConcept; reference?: Identifier }[];
  insurer?: object;
  insurance?: { focal?: boolean; coverage?: { reference?: string } }[];
  benefitPeriod?: { start?: string; end?: string };
  total?: { category?: ToldConcept; amount?: ToldMoney }[];
  benefitBalance?: Balance[];
}

/** Of a member, under one coverage, in one benefit period; in cents. */
export interface ClaimSum {
  deductible: number;
  outOfPocket: number;
}

const PAID_BY_MEMBER = ['deductible', 'copay', 'coinsurance'] as const;

/** Sums are in whole cents, so that their order does not matter. */
function centsOf({ total = [] }: AddedClaim, code: string): number {
  const found = total.find(({ category }) => hasCode(category, code));
  return Math.round((numberOf(found?.amount?.value) ?? 0) * 100);
}

const numberOfClaim = ({ system = '', value = '' }: Identifier) => `${system}|${value}`;
const isPrior = (relationship?: ToldConcept) => hasCode(relationship, 'prior');
/** A reversal takes an earlier claim back; its own sums are below zero. */
const isReversal = (claim: AddedClaim) =>
  (claim.total ?? []).some(({ amount }) => (numberOf(amount?.value) ?? 0) < 0);

const isDecided = ({ outcome }: AddedClaim) => outcome !== 'queued' && outcome !== 'error';

/** The claims in force, decided or not: no later claim has replaced them or taken them back. */
export function inForce(claims: readonly AddedClaim[]): AddedClaim[] {
  const own = claims.filter(
    ({ use, status }) => use === 'claim' && (status === 'active' || status === 'cancelled'),
  );
  // A claim that was cancelled later has still replaced the one before it.
  const replaced = new Set(
    own
      .filter(isDecided)
      .flatMap(({ related = [] }) =>
        related.flatMap(({ relationship, reference }) =>
          reference && isPrior(relationship) ? [numberOfClaim(reference)] : [],
        ),
      ),
  );
  return own.filter(
    (claim) =>
      claim.status === 'active' &&
      !isReversal(claim) &&
      !(claim.identifier ?? []).some((each) => replaced.has(numberOfClaim(each))),
  );
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
