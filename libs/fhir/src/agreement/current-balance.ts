/**
 * The current balance of a coverage: the plan's own answer, or what the claims in force add up to
 * (docs/adr/0124-add-up-balances-where-a-plan-sends-none.md).
 */
import { dateSpan } from '../dates.ts';
import type { Asked, Complete } from '../computed-answer.ts';
import type { ToldMoney, ToldPeriod } from '../narrative/written/facts.ts';
import { parseReference, type Resource } from '../resource.ts';
import { totalsSayAll } from './claim-totals.ts';
import { type AddedClaim, type ClaimSum, inForce, nameEachOther, sumOf } from './claim-sums.ts';

interface Benefit {
  usedMoney?: ToldMoney;
  usedUnsignedInt?: unknown;
  usedString?: string;
}
interface Answer extends Resource {
  outcome?: string;
  insurance?: {
    coverage?: { reference?: string };
    benefitPeriod?: ToldPeriod;
    item?: { benefit?: Benefit[] }[];
  }[];
}

/** @returns undefined where the period lacks an end, or ends before it begins */
function spanOf({ start = '', end = '' }: ToldPeriod): { low: string; high: string } | undefined {
  const [first, last] = [dateSpan(start), dateSpan(end)];
  return first && last && first.low < last.high ? { low: first.low, high: last.high } : undefined;
}

/** Does the period have both ends, and is the instant within it? */
function runsAt(period: ToldPeriod, at: Date): boolean {
  const span = spanOf(period);
  const now = at.toISOString();
  return span !== undefined && span.low <= now && now < span.high;
}

/** @returns `Type/id`; undefined where it is no reference within this server */
function targetOf(reference: string | undefined): string | undefined {
  const target = parseReference(reference);
  return target && `${target.type}/${target.id}`;
}

/** An answer to another question, such as whether a service is covered, says nothing of this. */
const saysUsed = ({ usedMoney, usedUnsignedInt, usedString }: Benefit) =>
  (usedMoney?.value ?? usedUnsignedInt ?? usedString) !== undefined;

/** @returns the newest answer that says what of the coverage is used now @param answers the newest first */
export const ownAnswer = (answers: readonly Resource[], { about, at }: Asked): Resource | undefined =>
  (answers as Answer[])
    .filter(({ outcome = '' }) => ['complete', 'partial'].includes(outcome))
    .find(({ insurance = [] }) =>
      insurance.some(
        ({ coverage, benefitPeriod, item = [] }) =>
          targetOf(coverage?.reference) === about &&
          (!benefitPeriod || runsAt(benefitPeriod, at)) &&
          item.some(({ benefit = [] }) => benefit.some(saysUsed)),
      ),
    );

/** The coverage to which a claim counts: the focal one, or the only one. Undefined: the claim does not say. */
function coverageOf({ insurance = [] }: AddedClaim): string | undefined {
  const focal = insurance.find((each) => each.focal) ?? (insurance.length === 1 ? insurance[0] : undefined);
  return targetOf(focal?.coverage?.reference);
}

const isWaiting = ({ outcome = '' }: AddedClaim) => ['queued', 'partial'].includes(outcome);

interface Period {
  start: string;
  end: string;
  claims: AddedClaim[];
}

/** Is the claim outside the period? Otherwise a part of it may belong to the period. */
function isOutside({ benefitPeriod = {} }: AddedClaim, period: ToldPeriod): boolean {
  const [own, other] = [spanOf(benefitPeriod), spanOf(period)];
  return own !== undefined && other !== undefined && (own.high <= other.low || other.high <= own.low);
}

/** The period that runs now, with its claims. Undefined: there is none or more than one, or a claim does not say. */
function currentPeriod(claims: readonly AddedClaim[], at: Date): Period | undefined {
  const running = claims.find(({ benefitPeriod = {} }) => runsAt(benefitPeriod, at));
  const { start = '', end = '' } = running?.benefitPeriod ?? {};
  const isWithin = ({ benefitPeriod }: AddedClaim) =>
    benefitPeriod?.start === start && benefitPeriod.end === end;
  const others = claims.filter((claim) => !isWithin(claim));
  if (!running || !others.every((claim) => isOutside(claim, { start, end }))) return undefined;
  return { start, end, claims: claims.filter(isWithin) };
}

/** Does the period begin on this day, or later? What is no day is later than everything. */
const isFrom = ({ start }: Period, day: string): boolean =>
  (dateSpan(start)?.low ?? '') >= (dateSpan(day)?.low ?? '9');

/** Of all sums of the claims; undefined: there are several, which cannot be added up. */
function currencyOf(claims: readonly AddedClaim[]): string | undefined {
  const [currency, ...others] = new Set(
    claims.flatMap(({ total = [] }) => total.flatMap(({ amount }) => amount?.currency ?? [])),
  );
  return others.length > 0 ? undefined : currency;
}

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem';
const coded = (system: string, code: string, display: string, text?: string) => ({
  coding: [{ system: `${TERMINOLOGY}/${system}`, code, display }],
  ...(text !== undefined && { text }),
});
/** The data was aggregated (HL7 v3-ObservationValue). */
const AGGREGATED = { system: `${TERMINOLOGY}/v3-ObservationValue`, code: 'AGGRED', display: 'aggregated' };

function itemOf({ deductible, outOfPocket }: ClaimSum, currency: string) {
  const used = (code: string, display: string, cents: number) => ({
    type: coded('coverage-copay-type', code, display),
    usedMoney: { value: cents / 100, currency },
  });
  return {
    category: coded('ex-benefitcategory', '30', 'Health Benefit Plan Coverage'),
    unit: coded('benefit-unit', 'individual', 'Individual'),
    term: coded('benefit-term', 'annual', 'Annual'),
    benefit: [
      used('deductible', 'Deductible', deductible),
      used('maxoutofpocket', 'Maximum out of pocket', outOfPocket),
    ],
  };
}

/** No number is inflected here, so that one claim reads as well as many. */
const dispositionOf = (claims: number, upTo: string) =>
  `Added up from the claims in force that were known at ${upTo} (number of claims: ${claims}). This is not the plan’s own figure. / ` +
  `Suma de las reclamaciones vigentes que se conocían el ${upTo} (número de reclamaciones: ${claims}). No es la cifra del propio plan.`;

/**
 * @param resources all claims of the member
 * @returns undefined where the claims of the period that runs now are not complete, or do not say what is needed
 */
export function addedBalance(
  resources: readonly Resource[],
  { about, at, member }: Asked,
  { since, upTo }: Complete,
): object | undefined {
  if (!nameEachOther(resources as AddedClaim[])) return undefined;
  const all = inForce(resources as AddedClaim[]);
  if (all.some((claim) => coverageOf(claim) === undefined)) return undefined;
  const period = currentPeriod(
    all.filter((claim) => coverageOf(claim) === about),
    at,
  );
  if (!period || !isFrom(period, since)) return undefined;
  const { start, end, claims } = period;
  const [latest] = claims.toSorted((a, b) => (b.created ?? '').localeCompare(a.created ?? ''));
  const currency = currencyOf(claims);
  if (claims.some(isWaiting) || currency === undefined) return undefined;
  const decided = claims.filter(({ outcome }) => outcome !== 'error');
  if (!decided.every(totalsSayAll)) return undefined;
  return {
    meta: { security: [AGGREGATED] },
    status: 'active',
    purpose: ['benefits'],
    patient: { reference: member },
    created: upTo,
    // R4 asks for a request. Nobody has sent one.
    request: { display: '$benefit-balance' },
    outcome: 'complete',
    disposition: dispositionOf(decided.length, upTo),
    insurer: latest?.insurer,
    insurance: [
      {
        coverage: { reference: about },
        benefitPeriod: { start, end },
        item: [itemOf(sumOf(decided), currency)],
      },
    ],
  };
}
