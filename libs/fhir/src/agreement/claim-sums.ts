/**
 * What a member's claims of a benefit period add up to, and whether the balances that the plan wrote on them say the
 * same (docs/adr/0096-take-balances-from-the-plan-alone.md). Served to nobody.
 */
import { hasCode, numberOf, type ToldConcept, type ToldMoney } from '../narrative/written/facts.ts';
import type { Resource } from '../resource.ts';
import type { SumCheck, SumDifference } from './agreement.ts';

interface Identifier {
  system?: string;
  value?: string;
}
interface Balance {
  unit?: ToldConcept;
  financial?: { type?: ToldConcept; usedMoney?: ToldMoney }[];
}
/** As much of a claim as is added up. */
export interface AddedClaim extends Resource {
  use?: string;
  status?: string;
  outcome?: string;
  created?: string;
  identifier?: Identifier[];
  related?: { relationship?: ToldConcept; reference?: Identifier }[];
  insurance?: { focal?: boolean; coverage?: { reference?: string } }[];
  benefitPeriod?: { start?: string };
  total?: { category?: ToldConcept; amount?: ToldMoney }[];
  benefitBalance?: Balance[];
}

/** Of a member, under one coverage, in one benefit period; in cents. */
interface ClaimSum {
  deductible: number;
  outOfPocket: number;
  /** those that count, in the order in which the plan decided them */
  claims: readonly AddedClaim[];
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

/** The claims that count: decided, in force, and replaced or taken back by no later one. */
function counted(claims: readonly AddedClaim[]): AddedClaim[] {
  const decided = claims.filter(
    ({ use, status }) => use === 'claim' && (status === 'active' || status === 'cancelled'),
  );
  // A claim that was cancelled later has still replaced the one before it.
  const replaced = new Set(
    decided.flatMap(({ related = [] }) =>
      related.flatMap(({ relationship, reference }) =>
        reference && isPrior(relationship) ? [numberOfClaim(reference)] : [],
      ),
    ),
  );
  return decided.filter(
    (claim) =>
      claim.status === 'active' &&
      !isReversal(claim) &&
      !(claim.identifier ?? []).some((each) => replaced.has(numberOfClaim(each))),
  );
}

/** @returns by coverage and benefit period; claims that do not say both are left out */
export function claimSums(claims: readonly AddedClaim[]): Map<string, ClaimSum> {
  const periods = Map.groupBy(counted(claims), ({ insurance = [], benefitPeriod }) => {
    const coverage = insurance.find(({ focal }) => focal)?.coverage?.reference;
    return coverage && benefitPeriod?.start ? `${coverage} ${benefitPeriod.start}` : '';
  });
  periods.delete('');
  return new Map(
    [...periods].map(([key, ofPeriod]) => {
      const sum = (code: string) => ofPeriod.reduce((cents, claim) => cents + centsOf(claim, code), 0);
      const outOfPocket = PAID_BY_MEMBER.reduce((cents, code) => cents + sum(code), 0);
      const inOrder = [...ofPeriod].sort((a, b) => ((a.created ?? '') < (b.created ?? '') ? -1 : 1));
      return [key, { deductible: sum('deductible'), outOfPocket, claims: inOrder }];
    }),
  );
}

/** The codes by which a balance says of what it is. */
const BALANCES = {
  deductible: ['deductible', 'IndInDed'],
  outOfPocket: ['maxoutofpocket', 'IndInMax'],
} as const;

/** The largest sum that the plan says was used; undefined: it says none for the member alone. */
function usedCents({ benefitBalance = [] }: AddedClaim, codes: readonly string[]): number | undefined {
  const used = benefitBalance
    .filter(({ unit }) => hasCode(unit, 'individual'))
    .flatMap(({ financial = [] }) => financial)
    .filter(({ type }) => codes.some((code) => hasCode(type, code)))
    .flatMap(({ usedMoney }) => numberOf(usedMoney?.value) ?? []);
  return used.length > 0 ? Math.round(Math.max(...used) * 100) : undefined;
}

/** What the plan said last. Of claims that it decided at one instant, the one with the largest sum is the last. */
function lastUsed(claims: readonly AddedClaim[], codes: readonly string[]) {
  const last = claims.at(-1)?.created;
  const said = claims
    .filter(({ created }) => created === last)
    .flatMap((claim) => {
      const cents = usedCents(claim, codes);
      return cents === undefined ? [] : [{ id: claim.id, cents }];
    });
  return said.sort((a, b) => a.cents - b.cents).at(-1);
}

/**
 * Compares the newest balance of each benefit period with the sum of its claims. A balance that is larger knows claims
 * that are not here; one that is smaller lacks some that are.
 */
export const balancesAgree: SumCheck = (resources) =>
  [...claimSums(resources as AddedClaim[]).values()].flatMap((sum) =>
    (['deductible', 'outOfPocket'] as const).flatMap((name): SumDifference[] => {
      const said = lastUsed(sum.claims, BALANCES[name]);
      if (said === undefined || said.cents === sum[name]) return [];
      const how = said.cents > sum[name] ? 'more than its claims here' : 'less than its claims here';
      return [{ id: said.id, where: `benefitBalance ${BALANCES[name][0]}: ${how}` }];
    }),
  );
