import type { Plan } from '../coverage/product.ts';
import type { YearlyLimit } from '../coverage/benefits.ts';
import type { LineRefusal } from './refusals.ts';

const IN_NETWORK_DISCOUNT = 0.32;
const OUT_OF_NETWORK_NONCOVERED = 0.25;

/**
 * What happened to the money of one line, in whole cents. Always true, as CARIN Blue Button has it:
 * submitted = discount + noncovered + eligible; eligible = deductible + copay + coinsurance + priorPaid + benefit;
 * memberLiability = deductible + copay + coinsurance + noncovered; benefit = paidToProvider + paidToPatient. Only what a
 * provider of the network sent too late is owed by nobody: the contract forbids to bill the member for it.
 */
export interface Amounts {
  submitted: number;
  discount: number;
  noncovered: number;
  eligible: number;
  deductible: number;
  copay: number;
  coinsurance: number;
  /** what another insurance paid before */
  priorPaid: number;
  benefit: number;
  memberLiability: number;
  paidToProvider: number;
  paidToPatient: number;
}

/** The amounts of a line, and why a part of it is not covered. */
export interface Decision extends Amounts {
  refusal?: LineRefusal;
  /** A limit is used up, and the provider is out of the network, too: each refuses a part. */
  isOutOfNetworkToo?: boolean;
  /** The plan has not decided yet: nothing is known but what was submitted. */
  isOpen?: boolean;
  /** what the plan had decided first, before an appeal */
  beforeAppeal?: Decision;
}

/** A line before adjudication. */
export interface Charge {
  submittedCents: number;
  preventive?: boolean;
  /** A fixed amount instead of deductible and coinsurance. */
  copayCents?: number;
  isDenied?: boolean;
  /** why it is denied */
  refusal?: LineRefusal;
  /** It is denied first, and paid after an appeal. */
  isAppealed?: boolean;
  /** A program decides at the pharmacy's counter, and no reviewer looks at it. */
  isAtCounter?: boolean;
  /** The plan has not decided yet. */
  isOpen?: boolean;
  /** The plan approved the care before it was given. */
  isAuthorized?: boolean;
  /** Of what is allowed, another insurance paid so much before. */
  priorPercent?: number;
  /** The limit of a year for which it counts. */
  limit?: YearlyLimit;
  /** The plan pays so much at most, because of that limit. */
  roomCents?: number;
}

/** What was paid in a plan year so far: deductible and out-of-pocket maximum run out. */
export interface YearToDate {
  deductibleCents: number;
  outOfPocketCents: number;
}

/** Of the member, and of the whole family: a limit is reached when either of the two is. */
export interface Years {
  own: YearToDate;
  family: YearToDate;
}

type Priced = Pick<Amounts, 'submitted' | 'discount' | 'noncovered' | 'eligible'>;

/** What the plan allows of a charge. Where a limit is used up that is nothing, and the contracted rate still holds. */
function priced(
  { submittedCents: submitted, isDenied = false, roomCents = Infinity }: Charge,
  inNetwork: boolean,
): Priced {
  const discount = inNetwork && !isDenied ? Math.round(submitted * IN_NETWORK_DISCOUNT) : 0;
  const refusedShare = isDenied ? 1 : inNetwork ? 0 : OUT_OF_NETWORK_NONCOVERED;
  const noncovered = roomCents > 0 ? Math.round(submitted * refusedShare) : submitted - discount;
  return { submitted, discount, noncovered, eligible: submitted - discount - noncovered };
}

/** Adjudicates one line and adds the member's share to the years. */
export function adjudicate(charge: Charge, plan: Plan, inNetwork: boolean, years: Years): Decision {
  const { roomCents = Infinity, isDenied, refusal = 'outOfNetwork' } = charge;
  const { submitted, discount, noncovered, eligible } = priced(charge, inNetwork);
  const priorPaid = Math.round((eligible * (charge.priorPercent ?? 0)) / 100);
  const usual = capped(costShare(charge, plan, inNetwork, eligible, years), plan, years);
  const share = lessened(usual, priorPaid);
  for (const year of [years.own, years.family]) {
    year.deductibleCents += share.deductible;
    year.outOfPocketCents += share.deductible + share.copay + share.coinsurance;
  }
  const unlimited = eligible - priorPaid - share.deductible - share.copay - share.coinsurance;
  const benefit = Math.min(unlimited, Math.max(0, roomCents));
  const beyond = unlimited - benefit;
  const isWrittenOff = isDenied && refusal === 'late' && inNetwork;
  const isOver = !isDenied && (roomCents <= 0 || beyond > 0);
  return {
    submitted,
    discount,
    noncovered: noncovered + beyond,
    eligible: eligible - beyond,
    ...share,
    priorPaid,
    benefit,
    memberLiability: isWrittenOff ? 0 : submitted - discount - priorPaid - benefit,
    paidToProvider: inNetwork ? benefit : 0,
    paidToPatient: inNetwork ? 0 : benefit,
    ...(noncovered + beyond > 0 && { refusal: isOver ? 'overLimit' : refusal }),
    ...(isOver && roomCents > 0 && noncovered > 0 && !inNetwork && { isOutOfNetworkToo: true }),
  };
}

type CostShare = Pick<Amounts, 'deductible' | 'copay' | 'coinsurance'>;

function costShare(
  charge: Charge,
  plan: Plan,
  inNetwork: boolean,
  eligible: number,
  { own, family }: Years,
): CostShare {
  if (charge.preventive && inNetwork) return { deductible: 0, copay: 0, coinsurance: 0 };
  if (charge.copayCents !== undefined) {
    return { deductible: 0, copay: Math.min(charge.copayCents, eligible), coinsurance: 0 };
  }
  const left = Math.min(
    plan.deductibleCents - own.deductibleCents,
    plan.familyDeductibleCents - family.deductibleCents,
  );
  const deductible = Math.min(Math.max(0, left), eligible);
  const percent = Math.min(100, plan.coinsurancePercent * (inNetwork ? 1 : 2));
  return { deductible, copay: 0, coinsurance: Math.round(((eligible - deductible) * percent) / 100) };
}

/** Nobody pays more in a year than the out-of-pocket maximum, and no family more than its own. */
function capped(share: CostShare, plan: Plan, { own, family }: Years): CostShare {
  const left = Math.min(
    plan.outOfPocketMaximumCents - own.outOfPocketCents,
    plan.familyMaximumCents - family.outOfPocketCents,
  );
  let room = Math.max(0, left);
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

/** The plan pays as if it were alone, and never more than is left: what the other paid comes off the member's share. */
function lessened({ deductible, copay, coinsurance }: CostShare, priorPaid: number): CostShare {
  let left = priorPaid;
  const less = (cents: number): number => {
    const taken = Math.min(cents, left);
    left -= taken;
    return cents - taken;
  };
  return { coinsurance: less(coinsurance), copay: less(copay), deductible: less(deductible) };
}

const NO_AMOUNTS: Amounts = {
  submitted: 0,
  discount: 0,
  noncovered: 0,
  eligible: 0,
  deductible: 0,
  copay: 0,
  coinsurance: 0,
  priorPaid: 0,
  benefit: 0,
  memberLiability: 0,
  paidToProvider: 0,
  paidToPatient: 0,
};

/** A line that waits for a decision. */
export const undecided = ({ submittedCents: submitted }: Charge): Decision => ({
  ...NO_AMOUNTS,
  submitted,
  isOpen: true,
});

/** Sums of all lines of a claim. */
export function totalsOf(lines: readonly Amounts[]): Amounts {
  const totals: Amounts = { ...NO_AMOUNTS };
  for (const line of lines)
    for (const name of Object.keys(NO_AMOUNTS) as (keyof Amounts)[]) totals[name] += line[name];
  return totals;
}
