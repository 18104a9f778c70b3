import { spanOn } from '../coverage/enrollment.ts';
import type { OtherInsurance } from '../coverage/other-insurance.ts';
import type { Line } from '../coverage/product.ts';
import { yearOf } from '../fhir/dates.ts';
import type { Scope } from '../scope.ts';
import {
  adjudicate,
  type Charge,
  type Decision,
  undecided,
  type YearToDate,
  type Years,
} from './adjudication.ts';
import { isAppealed } from './appeals.ts';
import { refusalOn } from './refusals.ts';
import { UsedLimits } from './used-limits.ts';

const DENIED_SHARE = 0.03;
/** What the other insurance pays of what is allowed, where it pays first. */
const PRIOR_PERCENT = 80;

/** Adjudicates a member's charges; call it in the order of the days, since the deductible runs out. */
export type Ledger = (charge: Charge, line: Line, day: number, inNetwork: boolean) => Decision;

/** @returns the other insurance, as far as it covers that care on that day */
export const otherInsuranceOn = (
  { otherInsurance }: Pick<Scope, 'otherInsurance'>,
  line: Line,
  day: number,
): OtherInsurance | undefined =>
  otherInsurance && line === 'medical' && day >= otherInsurance.startDay ? otherInsurance : undefined;

/** What was paid in each year, by kind of coverage. */
export type PaidByYear = Map<string, YearToDate>;

function yearIn(paid: PaidByYear, key: string): YearToDate {
  const year = paid.get(key) ?? { deductibleCents: 0, outOfPocketCents: 0 };
  paid.set(key, year);
  return year;
}

const copyOf = ({ own, family }: Years): Years => ({ own: { ...own }, family: { ...family } });

/** @param paidByFamily shared by the ledgers of a family */
export function ledgerOf(scope: Scope, paidByFamily: PaidByYear): Ledger {
  const paid: PaidByYear = new Map();
  const limits = new UsedLimits();
  return (charge, line, day, inNetwork) => {
    const { plan } = spanOn(scope.enrollment, line, day);
    const key = `${line}/${yearOf(day)}`;
    const years = { own: yearIn(paid, key), family: yearIn(paidByFamily, key) };
    const byChance = scope.random.chance(DENIED_SHARE) && !charge.preventive && !charge.isAtCounter;
    const isDenied = byChance || charge.isDenied === true;
    if (charge.isOpen) return undecided(charge);
    const priorPercent = otherInsuranceOn(scope, line, day)?.isFirst ? PRIOR_PERCENT : 0;
    const { isDenied: _denied, refusal: _refusal, ...known } = { ...charge, priorPercent };
    const pay = () => limits.within(known, yearOf(day), (room) => adjudicate(room, plan, inNetwork, years));
    if (!isDenied) return pay();
    const refusal = charge.refusal ?? refusalOn(day, charge.isAuthorized === true);
    const denied = { ...known, isDenied, refusal };
    // A limit fills in the order of the first decisions, so what counts for one is not decided twice by chance.
    const isAgain = charge.isAppealed ?? (!charge.isDenied && !charge.limit && isAppealed(scope, day));
    if (!isAgain) return adjudicate(denied, plan, inNetwork, years);
    const beforeAppeal = adjudicate(denied, plan, inNetwork, copyOf(years));
    return { ...pay(), beforeAppeal };
  };
}
