/** Compares the plan's balances with the sums of its claims: those on the claims, and those in answers about a coverage. */
import { hasCode, numberOf, type ToldConcept } from '../narrative/written/facts.ts';
import type { Resource } from '../resource.ts';
import type { SumDifference } from './agreement.ts';
import { totalsSayAll } from './claim-totals.ts';
import { type AddedClaim, type ClaimSum, periodKey, periodsOf, sumOf, type Used } from './claim-sums.ts';

/** As much of an answer about a coverage as is compared. */
interface Answer extends Resource {
  status?: string;
  created?: string;
  insurance?: {
    coverage?: { reference?: string };
    benefitPeriod?: { start?: string };
    item?: { unit?: ToldConcept; benefit?: Used[] }[];
  }[];
}
const dayOf = (created = '') => created.slice(0, 10);

/** The codes by which a balance says of what it is. */
const BALANCES = {
  deductible: ['deductible', 'IndInDed'],
  outOfPocket: ['maxoutofpocket', 'IndInMax'],
} as const;
const NAMES = ['deductible', 'outOfPocket'] as const;

const isIndividual = ({ unit }: { unit?: ToldConcept }) => hasCode(unit, 'individual');

/** The largest sum that the plan says was used; undefined: it says none. */
function usedCents(limits: readonly Used[], name: (typeof NAMES)[number]): number | undefined {
  const used = limits
    .filter(({ type }) => BALANCES[name].some((code) => hasCode(type, code)))
    .flatMap(({ usedMoney }) => numberOf(usedMoney?.value) ?? []);
  return used.length > 0 ? Math.round(Math.max(...used) * 100) : undefined;
}

interface Said {
  type: string;
  id: string;
  element: string;
  limits: readonly Used[];
}

/** What claims add up to: those before the day of a balance, and those up to it, which it may know or not yet. */
interface Compared {
  before: ClaimSum;
  upTo: ClaimSum;
  /** Some do not say all that the member has paid: they add up to this or more. */
  isLowerBound: boolean;
}

function compare(
  { type, id, element, limits }: Said,
  { before, upTo, isLowerBound }: Compared,
): SumDifference[] {
  return NAMES.flatMap((name) => {
    const cents = usedCents(limits, name);
    const isMore = cents !== undefined && cents > upTo[name];
    if (cents === undefined || (isMore ? isLowerBound : cents >= before[name])) return [];
    const how = isMore ? 'more than its claims here' : 'less than its claims here';
    return [{ type, id, where: `${element} ${BALANCES[name][0]}: ${how}` }];
  });
}

/** What the plan wrote last on a claim. Of one instant, the claim with the largest sums is the last. */
function lastOnClaims(claims: readonly AddedClaim[]): Said | undefined {
  const last = claims.reduce((latest, { created = '' }) => (created > latest ? created : latest), '');
  const said = claims
    .filter(({ created = '' }) => created === last)
    .map(({ resourceType: type, id, benefitBalance = [] }): Said => {
      const limits = benefitBalance.filter(isIndividual).flatMap(({ financial = [] }) => financial);
      return { type, id, element: 'benefitBalance', limits };
    });
  const size = ({ limits }: Said) =>
    usedCents(limits, 'outOfPocket') ?? usedCents(limits, 'deductible') ?? -1;
  return said.sort((a, b) => size(a) - size(b)).at(-1);
}

/** The newest answer about each coverage and benefit period. */
function newestAnswers(answers: readonly Answer[]): Map<string, Said & { day: string }> {
  const newest = new Map<string, Said & { day: string }>();
  const inOrder = answers
    .filter(({ status }) => status === 'active')
    .sort((a, b) => (a.created ?? '').localeCompare(b.created ?? ''));
  for (const { resourceType: type, id, created, insurance = [] } of inOrder)
    for (const { coverage, benefitPeriod, item = [] } of insurance) {
      const limits = item.filter(isIndividual).flatMap(({ benefit = [] }) => benefit);
      const said = { type, id, element: 'insurance.item.benefit', limits, day: dayOf(created) };
      newest.set(periodKey(coverage?.reference, benefitPeriod?.start), said);
    }
  return newest;
}

/**
 * Compares the newest balances of each benefit period with the sum of its claims: on the claims, and in answers about
 * the coverage, for the member alone. A balance that is larger knows claims that are not here; one that is smaller
 * lacks some that are.
 */
export function sumDifferences(resources: readonly Resource[], others: readonly Resource[]): SumDifference[] {
  const answers = newestAnswers(others as Answer[]);
  return [...periodsOf(resources as AddedClaim[])].flatMap(([key, claims]) => {
    const [onClaims, answer, whole] = [lastOnClaims(claims), answers.get(key), sumOf(claims)];
    const isLowerBound = !claims.every(totalsSayAll);
    const until = (isIn: (day: string) => boolean) =>
      sumOf(claims.filter(({ created }) => isIn(dayOf(created))));
    return [
      ...(onClaims ? compare(onClaims, { before: whole, upTo: whole, isLowerBound }) : []),
      ...(answer
        ? compare(answer, {
            before: until((day) => day < answer.day),
            upTo: until((day) => day <= answer.day),
            isLowerBound,
          })
        : []),
    ];
  });
}
