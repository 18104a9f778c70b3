/** Rules about claims that are not simply decided and in force. */
import {
  cents,
  type Claim,
  decided,
  firstCode,
  hasDecision,
  isUndecided,
  isRelatedAs,
  wasTakenBack,
} from '../claim.ts';
import { type PlanRecords } from '../plan-records.ts';
import { type ClaimRule, ofEachClaim } from '../rule.ts';

/** @returns what a claim says of money beyond what was charged */
function settled({ total = [], payment, benefitBalance = [] }: Claim): string | false {
  const beyond = total.map(({ category }) => firstCode(category)).filter((code) => code !== 'submitted');
  if (beyond.length > 0) return `it has a total of ${beyond.join(', ')}`;
  if (payment) return 'it has a payment';
  return benefitBalance.length > 0 && 'it counts for a limit';
}

function partProblem(claim: Claim): string | false {
  if (claim.outcome !== 'partial') return false;
  const open = decided(claim).filter(([, entries]) => isUndecided(entries)).length;
  if (open === 0) return 'nothing of it waits';
  return open === decided(claim).length && 'all of it waits';
}

/** @returns the claims that a claim names */
function earlierOf({ related = [] }: Claim, { claims }: PlanRecords): Claim[] {
  const numbers = related.map(({ reference }) => reference.value);
  return claims.filter(({ identifier }) => identifier.some(({ value }) => numbers.includes(value)));
}

function laterProblem(claim: Claim, plan: PlanRecords): string | undefined {
  if (!isRelatedAs(claim, 'prior')) return undefined;
  return earlierOf(claim, plan)
    .filter(({ created }) => created > claim.created)
    .map(({ created }) => `it was decided on ${claim.created}, and the one before it on ${created}`)
    .join();
}

const isPaid = ({ payment }: Claim): boolean => cents(payment?.amount) > 0;

export const STATE_RULES: readonly ClaimRule[] = [
  {
    name: 'of a claim that waits nothing is paid or owed',
    contradictions: ofEachClaim((claim) => !hasDecision(claim) && !wasTakenBack(claim) && settled(claim)),
    faults: [
      { what: 'it waits, and is paid', in: isPaid, plant: (claim) => [{ ...claim, outcome: 'queued' }] },
      {
        what: 'it waits, and counts for a limit',
        in: ({ outcome }) => outcome === 'queued',
        plant: (claim) => [{ ...claim, benefitBalance: [{}] }],
      },
    ],
  },
  {
    name: 'of a claim that was taken back nothing is paid or owed',
    contradictions: ofEachClaim((claim) => wasTakenBack(claim) && settled(claim)),
    faults: [
      {
        what: 'taken back, and paid',
        in: isPaid,
        plant: (claim) => [{ ...claim, status: 'cancelled', related: [] }],
      },
      {
        what: 'taken back, and counted',
        plant: ({ total = [], ...claim }) => [
          {
            ...claim,
            total: total.filter(({ category }) => firstCode(category) === 'submitted'),
            status: 'cancelled',
            related: [],
            benefitBalance: [{}],
          },
        ],
      },
    ],
  },
  {
    name: 'of a claim that is decided in part, a part is decided and a part waits',
    contradictions: ofEachClaim(partProblem),
    faults: [
      { what: 'nothing of it waits', in: isPaid, plant: (claim) => [{ ...claim, outcome: 'partial' }] },
      {
        what: 'all of it waits',
        in: ({ outcome }) => outcome === 'queued',
        plant: (claim) => [{ ...claim, outcome: 'partial' }],
      },
    ],
  },
  {
    name: 'a claim that is no longer in force counts for no limit',
    contradictions: ofEachClaim(
      ({ status, benefitBalance = [] }) =>
        status === 'cancelled' && benefitBalance.length > 0 && 'it has a balance',
    ),
    faults: [
      {
        what: 'cancelled, and counted',
        in: ({ benefitBalance = [] }) => benefitBalance.length > 0,
        plant: (claim) => [{ ...claim, status: 'cancelled' }],
      },
      {
        what: 'the one that it replaced is counted, too',
        in: (claim) => claim.benefitBalance !== undefined && isRelatedAs(claim, 'prior'),
        plant: (claim, plan) =>
          earlierOf(claim, plan).map((earlier) => ({
            ...earlier,
            benefitBalance: claim.benefitBalance ?? [],
          })),
      },
    ],
  },
  {
    name: 'what replaced a claim was decided after it',
    contradictions: ofEachClaim(laterProblem),
    faults: [
      {
        what: 'decided before the first one',
        in: (claim) => isRelatedAs(claim, 'prior'),
        plant: (claim) => [{ ...claim, created: claim.created.replace(/^..../, '2001') }],
      },
      {
        what: 'the first one was decided after it',
        in: (claim) => isRelatedAs(claim, 'prior'),
        plant: (claim, plan) =>
          earlierOf(claim, plan).map((first) => ({
            ...first,
            created: first.created.replace(/^..../, '2099'),
          })),
      },
    ],
  },
];
