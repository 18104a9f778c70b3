/** What a member pays for a drug: claims and the formulary both follow from it. */
import type { Facility } from '../reference/facility.ts';
import type { Drug, DrugTier } from '../reference/medications.ts';
import type { Plan } from './product.ts';

const MONTH_DAYS = 31;
const MONTHS = 3;

/** For how long, and from where: codes of the formulary, and how many copays of a month it costs. */
export const SUPPLIES = [
  {
    code: '1-month-in-retail',
    display: '1 month in network retail',
    copays: 1,
    isLong: false,
    isMail: false,
  },
  {
    code: '3-month-in-retail',
    display: '3 month in network retail',
    copays: MONTHS,
    isLong: true,
    isMail: false,
  },
  {
    code: '1-month-in-mail',
    display: '1 month in network mail order',
    copays: 1,
    isLong: false,
    isMail: true,
  },
  {
    code: '3-month-in-mail',
    display: '3 month in network mail order',
    copays: 2,
    isLong: true,
    isMail: true,
  },
] as const;

/** @returns the copay for a month; none: the member pays the coinsurance after the deductible */
export const monthlyCopay = (plan: Plan, tier: DrugTier): number | undefined =>
  ({ generic: plan.genericCopayCents, brand: plan.brandCopayCents, specialty: undefined })[tier];

/** @returns the copay for a fill of the drug at the pharmacy; none: the member pays the coinsurance */
export function copayFor(plan: Plan, { tier, daysSupply }: Drug, { isMailOrder = false }: Facility) {
  const copay = monthlyCopay(plan, tier);
  const isLong = daysSupply > MONTH_DAYS;
  const supply = SUPPLIES.find((each) => each.isLong === isLong && each.isMail === isMailOrder);
  return copay === undefined ? undefined : copay * (supply?.copays ?? 1);
}
