import type { Plan } from '../coverage/product.ts';
import type { LineRefusal } from './refusals.ts';

const IN_NETWORK_DISCOUNT = 0.32;
const OUT_OF_NETWORK_NONCOVERED = 0.25;

/**
 * What happened to the money of one line, in whole cents. Always true, as CARIN Blue Button has it:
 * submitted = discount + noncovered + eligible; eligible = deductible + copay + coinsurance + benefit;
 * memberLiability = deductible + copay + coinsurance + noncovered; benefit = paidToProvider + paidToPatient.
 */
export interface Amounts {
  submitted: number;
  discount: number;
  noncovered: number;
  eligible: number;
  deductible: number;
  copay: number;
  coinsurance: number;
  benefit: number;
  memberLiability: number;
  paidToProvider: number;
  paidToPatient: number;
}

/** The amounts of a line, and why a part of it is not covered. */
export interface Decision extends Amounts {
  refusal?: LineRefusal;
}

/** A line before adjudication. */
export interface Charge {
  submittedCents: number;
  preventive?: boolean;
  /** A fixed amount instead of deductible and coinsurance. */
  copayCents?: number;
  isDenied?: boolean;
  /** The plan approved the care before it was given. */
  isAuthorized?: boolean;
}

/** What the member paid in a plan year so far: deductible and out-of-pocket maximum run out. */
export interface YearToDate {
  deductibleCents: number;
  outOfPocketCents: number;
}

/** Adjudicates one line and adds the member's share to the year. */
export function adjudicate(
  charge: Charge & { refusal?: LineRefusal | undefined },
  plan: Plan,
  inNetwork: boolean,
  year: YearToDate,
): Decision {
  const submitted = charge.submittedCents;
  const discount = inNetwork && !charge.isDenied ? Math.round(submitted * IN_NETWORK_DISCOUNT) : 0;
  const refusedShare = charge.isDenied ? 1 : inNetwork ? 0 : OUT_OF_NETWORK_NONCOVERED;
  const noncovered = Math.round(submitted * refusedShare);
  const eligible = submitted - discount - noncovered;
  const share = capped(costShare(charge, plan, inNetwork, eligible, year), plan, year);
  year.deductibleCents += share.deductible;
  year.outOfPocketCents += share.deductible + share.copay + share.coinsurance;
  const benefit = eligible - share.deductible - share.copay - share.coinsurance;
  return {
    submitted,
    discount,
    noncovered,
    eligible,
    ...share,
    benefit,
    memberLiability: submitted - discount - benefit,
    paidToProvider: inNetwork ? benefit : 0,
    paidToPatient: inNetwork ? 0 : benefit,
    ...(noncovered > 0 && { refusal: charge.refusal ?? 'outOfNetwork' }),
  };
}

type CostShare = Pick<Amounts, 'deductible' | 'copay' | 'coinsurance'>;

function costShare(
  charge: Charge,
  plan: Plan,
  inNetwork: boolean,
  eligible: number,
  year: YearToDate,
): CostShare {
  if (charge.preventive && inNetwork) return { deductible: 0, copay: 0, coinsurance: 0 };
  if (charge.copayCents !== undefined) {
    return { deductible: 0, copay: Math.min(charge.copayCents, eligible), coinsurance: 0 };
  }
  const deductible = Math.min(Math.max(0, plan.deductibleCents - year.deductibleCents), eligible);
  const percent = Math.min(100, plan.coinsurancePercent * (inNetwork ? 1 : 2));
  return { deductible, copay: 0, coinsurance: Math.round(((eligible - deductible) * percent) / 100) };
}

/** Nobody pays more in a year than the out-of-pocket maximum. */
function capped(share: CostShare, plan: Plan, year: YearToDate): CostShare {
  let room = Math.max(0, plan.outOfPocketMaximumCents - year.outOfPocketCents);
  const take = (cents: number): number => {
    const taken = Math.min(cents, room);
    room -= taken;
    return taken;
  };
  return {
    deductible: take(share.deductible),
    copay: take(share.copay),
    coinsurance: take(share.coinsurance),
  };
}

const NO_AMOUNTS: Amounts = {
  submitted: 0,
  discount: 0,
  noncovered: 0,
  eligible: 0,
  deductible: 0,
  copay: 0,
  coinsurance: 0,
  benefit: 0,
  memberLiability: 0,
  paidToProvider: 0,
  paidToPatient: 0,
};

/** Sums of all lines of a claim. */
export function totalsOf(lines: readonly Amounts[]): Amounts {
  const totals: Amounts = { ...NO_AMOUNTS };
  for (const line of lines)
    for (const name of Object.keys(NO_AMOUNTS) as (keyof Amounts)[]) totals[name] += line[name];
  return totals;
}
