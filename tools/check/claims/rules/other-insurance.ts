/** Rules about a second insurance: which one pays first, and what the first has paid. */
import type { Served } from '../../conformance/supported.ts';
import { centsFor, type Claim } from '../claim.ts';
import {
  type CoveredPatient,
  focalCoverage,
  type MemberCoverage,
  type PlanRecords,
} from '../plan-records.ts';
import { type ClaimRule, ofEachClaim } from '../rule.ts';

/** How many others pay before the plan: R4 has the entries in that order. */
const othersBefore = ({ insurance }: Claim): number => insurance.findIndex(({ focal }) => focal);
const hasOther = ({ insurance }: Claim): boolean => insurance.length > 1;

function priorProblem(claim: Claim, plan: PlanRecords): string | false {
  const paid = centsFor(claim.total, 'priorpayerpaid');
  const before = othersBefore(claim);
  if (before === 0) return paid > 0 && 'another insurance has paid that does not come first';
  if (paid === 0 && centsFor(claim.total, 'eligible') > 0)
    return 'the insurance that comes first paid nothing';
  const order = focalCoverage(plan, claim)?.order;
  return order !== before + 1 && `the coverage is number ${order}, and ${before} pay before`;
}

/** The day in the year: the year of birth plays no part. */
const birthdayOf = (plan: PlanRecords, patient: { reference: string }): string | undefined =>
  (plan.all.get(patient.reference) as CoveredPatient | undefined)?.birthDate.slice(5);

const relationshipOf = ({ relationship }: MemberCoverage) => relationship.coding[0]?.code;

/** @returns whether the plan of the subscriber's spouse pays first; undefined: the records do not say it */
function isSpousesFirst(coverage: MemberCoverage, plan: PlanRecords): boolean | undefined {
  if (relationshipOf(coverage) !== 'child') return relationshipOf(coverage) === 'spouse';
  const spouse = ([...plan.all.values()] as MemberCoverage[]).find(
    (each) =>
      each.resourceType === 'Coverage' &&
      each.subscriberId === coverage.subscriberId &&
      relationshipOf(each) === 'spouse',
  );
  const birthdays = [coverage.subscriber, spouse?.beneficiary].map((each) => each && birthdayOf(plan, each));
  const [own, other] = birthdays;
  return own && other ? other < own : undefined;
}

function orderProblem(claim: Claim, plan: PlanRecords): string | false | undefined {
  const coverage = focalCoverage(plan, claim);
  if (!hasOther(claim) || !coverage) return undefined;
  const isOthersFirst = isSpousesFirst(coverage, plan);
  return (
    isOthersFirst !== undefined &&
    isOthersFirst !== othersBefore(claim) > 0 &&
    `the wrong insurance comes first for a ${relationshipOf(coverage)}`
  );
}

const isOf = (claim: Claim, plan: PlanRecords, relationship: string): boolean => {
  const coverage = focalCoverage(plan, claim);
  return coverage !== undefined && relationshipOf(coverage) === relationship;
};

export const OTHER_INSURANCE_RULES: readonly ClaimRule[] = [
  {
    name: 'another insurance has paid only where it comes first, and the coverage says so',
    contradictions: ofEachClaim(priorProblem),
    faults: [
      {
        what: 'the other one comes second',
        in: (claim) => centsFor(claim.total, 'priorpayerpaid') > 0,
        plant: (claim) => [{ ...claim, insurance: claim.insurance.toReversed() }],
      },
      {
        what: 'the coverage says that it is the only one',
        in: (claim) => centsFor(claim.total, 'priorpayerpaid') > 0,
        plant: (claim, plan) => {
          const coverage = focalCoverage(plan, claim);
          return coverage ? [{ ...coverage, order: 1 }] : [];
        },
      },
    ],
  },
  {
    name: 'a plan of one’s own comes before that of a relative, and the earlier birthday decides for a child',
    contradictions: ofEachClaim(orderProblem),
    faults: [
      {
        what: 'the other parent has the earlier birthday',
        in: (claim, plan) => hasOther(claim) && isOf(claim, plan, 'child'),
        plant: (claim, plan): Served[] => {
          const holder = focalCoverage(plan, claim)?.subscriber.reference ?? '';
          const parent = plan.all.get(holder) as CoveredPatient | undefined;
          const day = othersBefore(claim) > 0 ? '01-01' : '12-31';
          return parent ? [{ ...parent, birthDate: `${parent.birthDate.slice(0, 4)}-${day}` }] : [];
        },
      },
      {
        what: 'the spouse’s own plan comes second',
        in: (claim, plan) => hasOther(claim) && isOf(claim, plan, 'spouse'),
        plant: (claim) => [{ ...claim, insurance: claim.insurance.toReversed() }],
      },
    ],
  },
];
