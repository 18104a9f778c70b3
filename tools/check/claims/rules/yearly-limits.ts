/** Rules about what a plan pays for in a year at most: care of dentists, glasses, visits of therapy. */
import { resourceName } from '../../conformance/supported.ts';
import {
  type Balance,
  cents,
  centsFor,
  type Claim,
  type ClaimLine,
  firstCode,
  hasDecision,
  isCodedAs,
} from '../claim.ts';
import type { PlanRecords } from '../plan-records.ts';
import type { ClaimRule, PlantedFault } from '../rule.ts';
import { answersIn, isAbout } from './limits.ts';

interface YearlyLimitRow {
  /** kind of claim */
  claims: string;
  /** code of the limit in balances */
  code: string;
  /** what of the claim counts for it, by the code of the procedure */
  procedures: RegExp;
  /** @returns what a claim uses of it, in cents or visits */
  uses: (claim: Claim) => number;
}

const linesOf = ({ item }: Claim, procedures: RegExp): ClaimLine[] =>
  item.filter(({ productOrService }) => procedures.test(firstCode(productOrService)));

const GLASSES = /^V2/;
const THERAPY = /^S9131$/;

const LIMITS: readonly YearlyLimitRow[] = [
  { claims: 'oral', code: 'benefit', procedures: /./, uses: ({ total }) => centsFor(total, 'benefit') },
  {
    claims: 'vision',
    code: 'vision-glasses',
    procedures: GLASSES,
    uses: (claim) =>
      linesOf(claim, GLASSES).reduce(
        (sum, { adjudication = [] }) => sum + centsFor(adjudication, 'benefit'),
        0,
      ),
  },
  {
    claims: 'professional',
    code: 'visit',
    procedures: THERAPY,
    uses: (claim) =>
      linesOf(claim, THERAPY).filter(({ adjudication = [] }) => centsFor(adjudication, 'eligible') > 0)
        .length,
  },
];

interface Filled {
  allowed: number;
  used: number;
}

/** @returns how full a limit of the member is, in cents or visits */
function filledIn(balances: readonly Balance[] = [], code: string): Filled | undefined {
  const limit = balances
    .filter(({ unit }) => isCodedAs(unit, 'individual'))
    .flatMap(({ financial = [], benefit = [] }) => [...financial, ...benefit])
    .find(({ type }) => isCodedAs(type, code));
  return (
    limit && {
      allowed: limit.allowedUnsignedInt ?? cents(limit.allowedMoney),
      used: limit.usedUnsignedInt ?? cents(limit.usedMoney),
    }
  );
}

const rowOf = ({ type }: Claim) => LIMITS.find(({ claims }) => isCodedAs(type, claims));

/** Does a line count for a limit that is used up after the claim? */
export function isLimitFull(claim: Claim, { productOrService }: ClaimLine): boolean {
  const row = rowOf(claim);
  if (!row?.procedures.test(firstCode(productOrService))) return false;
  const filled = filledIn(claim.benefitBalance, row.code);
  return filled !== undefined && filled.used === filled.allowed;
}

const focalOf = ({ insurance }: Claim) => insurance.find(({ focal }) => focal)?.coverage.reference;

function problemsOf(plan: PlanRecords, row: YearlyLimitRow, claims: readonly Claim[]): string[] {
  const [first] = claims;
  const used = claims.reduce((sum, claim) => sum + row.uses(claim), 0);
  const told = claims.flatMap(({ benefitBalance }) => filledIn(benefitBalance, row.code) ?? []);
  const answers = answersIn(plan).flatMap(({ insurance }) =>
    insurance
      .filter((each) => first && isAbout(each, first))
      .flatMap(({ item }) => filledIn(item, row.code) ?? []),
  );
  const most = Math.max(...told.map((each) => each.used));
  const allowed = Math.min(...told.map((each) => each.allowed));
  if (used > allowed) return [`${used} is paid of ${allowed}`];
  if (told.length > 0 && most !== used) return [`${most} is used, and the claims add up to ${used}`];
  return answers.some((each) => each.used !== used) ? [`the plan answers otherwise than ${used}`] : [];
}

/** The claims of one coverage, year and limit. */
const groupsIn = ({ claims }: PlanRecords, { claims: kind }: YearlyLimitRow): Claim[][] => {
  const counted = claims.filter(
    (claim) => claim.status === 'active' && hasDecision(claim) && isCodedAs(claim.type, kind),
  );
  return [...Map.groupBy(counted, (claim) => `${focalOf(claim)} ${claim.benefitPeriod.start}`).values()];
};

/** A line of the kind of a limit is paid a hundredfold, by the plan. */
const overpaid = (kind: string): PlantedFault => ({
  what: `${kind} claims are paid beyond it`,
  in: (claim) => isCodedAs(claim.type, kind) && (rowOf(claim)?.uses(claim) ?? 0) > 0,
  plant: (claim) => {
    for (const entries of [claim.total ?? [], ...claim.item.map(({ adjudication = [] }) => adjudication)])
      for (const { category, amount } of entries)
        if (amount && isCodedAs(category, 'benefit')) amount.value *= 100;
    return [claim];
  },
});

export const YEARLY_LIMIT_RULES: readonly ClaimRule[] = [
  {
    name: 'what is used of a limit on benefits is what the claims add up to, and nothing is paid beyond it',
    contradictions: (plan) =>
      LIMITS.flatMap((row) =>
        groupsIn(plan, row).flatMap((claims) =>
          problemsOf(plan, row, claims).map(
            (found) => `${claims[0] && resourceName(claims[0])}, ${row.code}: ${found}`,
          ),
        ),
      ),
    faults: [
      overpaid('oral'),
      overpaid('vision'),
      {
        what: 'a visit that counts for nothing',
        in: (claim) => (rowOf(claim)?.uses(claim) ?? 0) > 0 && linesOf(claim, THERAPY).length > 0,
        plant: (claim) => {
          for (const { adjudication = [] } of claim.item)
            for (const { category, amount } of adjudication)
              if (amount && isCodedAs(category, 'eligible')) amount.value = 0;
          return [claim];
        },
      },
    ],
  },
];
