/** Rules about how much of a limit is used. */
import type { Served } from '../../conformance/supported.ts';
import { type Balance, type Claim, isCodedAs, cents, hasDecision, sumOfAmounts } from '../claim.ts';
import type { MemberCoverage, PlanRecords } from '../plan-records.ts';
import type { ClaimRule } from '../rule.ts';

/** What a plan answers about the balances of one member. */
interface Answer extends Served {
  insurance: { coverage: { reference: string }; benefitPeriod: { start: string }; item: Balance[] }[];
}

export const answersIn = ({ all }: PlanRecords): Answer[] =>
  [...all.values()].filter(({ resourceType }) => resourceType === 'CoverageEligibilityResponse') as Answer[];

const usedOf = (balances: readonly Balance[], unit: string, type: string): number | undefined => {
  const limits = balances
    .filter((balance) => isCodedAs(balance.unit, unit))
    .flatMap(({ benefit = [], financial = [] }) => [...benefit, ...financial]);
  const found = limits.find((limit) => isCodedAs(limit.type, type));
  return found && cents(found.usedMoney);
};

/** Does a claim count for the coverage and the year of an answer? */
export const isAbout = (
  { coverage, benefitPeriod }: Pick<Answer['insurance'][number], 'coverage' | 'benefitPeriod'>,
  claim: Claim,
): boolean =>
  claim.benefitPeriod.start === benefitPeriod.start &&
  claim.insurance.some((each) => each.focal && each.coverage.reference === coverage.reference);

const paidByMember = ({ total }: Claim): number => sumOfAmounts(total, 'deductible', 'copay', 'coinsurance');

type Insurance = Answer['insurance'][number];

const usedOfMaximum = ({ item }: Insurance): number => usedOf(item, 'individual', 'IndInMax') ?? 0;

/** @returns what the claims in force of a coverage and a year add up to, cents */
const addedUp = (of: Pick<Insurance, 'coverage' | 'benefitPeriod'>, { claims }: PlanRecords): number =>
  claims
    .filter((claim) => claim.status === 'active' && hasDecision(claim) && isAbout(of, claim))
    .reduce((sum, claim) => sum + paidByMember(claim), 0);

const sumProblems = (plan: PlanRecords): string[] =>
  answersIn(plan).flatMap(({ id, insurance }) =>
    insurance.flatMap((each) => {
      const [used, added] = [usedOfMaximum(each), addedUp(each, plan)];
      return used === added ? [] : [`${id}: ${used} cents are used, and the claims add up to ${added}`];
    }),
  );

/** Answers about the coverage of a claim, in another year than that of the claim and with another sum than its year has. */
const answersOfOtherYears = (claim: Claim, plan: PlanRecords): Answer[] =>
  answersIn(plan).filter(({ insurance }) =>
    insurance.some((each) => {
      const ofClaim = { coverage: each.coverage, benefitPeriod: claim.benefitPeriod };
      return (
        each.benefitPeriod.start !== claim.benefitPeriod.start &&
        isAbout(ofClaim, claim) &&
        usedOfMaximum(each) !== addedUp(ofClaim, plan)
      );
    }),
  );

interface OfFamily {
  answer: Answer;
  own: number;
  family: number;
}

/** The answers about members of one family, under one product and in one year. */
function familiesIn(plan: PlanRecords): OfFamily[][] {
  const rows = answersIn(plan).flatMap((answer) =>
    answer.insurance.flatMap(({ coverage: { reference }, benefitPeriod: { start }, item }) => {
      const [own, family] = [usedOf(item, 'individual', 'IndInMax'), usedOf(item, 'family', 'FamInMax')];
      const { subscriberId = '', class: classes = [] } = (plan.all.get(reference) ??
        {}) as Partial<MemberCoverage>;
      const product = classes.find(({ type }) => isCodedAs(type, 'plan'))?.value ?? '';
      const key = [subscriberId, product, start].join(' ');
      return own !== undefined && family !== undefined ? [{ answer, own, family, key }] : [];
    }),
  );
  return [...Map.groupBy(rows, ({ key }) => key).values()];
}

const familyProblems = (plan: PlanRecords): string[] =>
  familiesIn(plan).flatMap((members) => {
    const ids = members.map(({ answer }) => answer.id).join(', ');
    const own = members.reduce((sum, each) => sum + each.own, 0);
    const said = new Set(members.map(({ family }) => family));
    if (said.size > 1) return [`${ids}: the family has used ${[...said].join(' or ')} cents`];
    const [family = 0] = said;
    return family < own ? [`${ids}: the members have used ${own} cents, and the family ${family}`] : [];
  });

/** @returns a copy of an answer in which more is used of the limits of a unit */
function withMoreUsed(answer: Answer, of: string, more = 1): Answer {
  const changed = structuredClone(answer);
  for (const { item } of changed.insurance)
    for (const { unit, benefit = [] } of item)
      for (const { usedMoney } of isCodedAs(unit, of) ? benefit : []) if (usedMoney) usedMoney.value += more;
  return changed;
}

const ofRelatives = (plan: PlanRecords): Answer[] =>
  familiesIn(plan)
    .filter(({ length }) => length > 1)
    .flatMap((members) => members.slice(0, 1).map(({ answer }) => answer));

export const LIMIT_RULES: readonly ClaimRule[] = [
  {
    name: 'what is used of the maximum today is what the claims in force add up to',
    contradictions: sumProblems,
    faults: [
      {
        what: 'the plan says more',
        in: (_, plan) => answersIn(plan).length > 0,
        plant: (_, plan) =>
          answersIn(plan)
            .slice(0, 1)
            .map((answer) => withMoreUsed(answer, 'individual')),
      },
      {
        what: 'a claim that was taken back still counts',
        in: (claim, plan) =>
          paidByMember(claim) > 0 &&
          hasDecision(claim) &&
          answersIn(plan).some(({ insurance }) => insurance.some((each) => isAbout(each, claim))),
        notEveryDay: true,
        plant: (claim) => [{ ...claim, status: 'cancelled' }],
      },
      {
        what: 'an answer with the figures of another year',
        in: (claim, plan) =>
          paidByMember(claim) > 0 && hasDecision(claim) && answersOfOtherYears(claim, plan).length > 0,
        plant: (claim, plan) =>
          answersOfOtherYears(claim, plan).map((answer) => ({
            ...answer,
            insurance: answer.insurance.map((each) => ({ ...each, benefitPeriod: claim.benefitPeriod })),
          })),
      },
    ],
  },
  {
    name: 'what a family has used is what its members have used, and all of them are told the same',
    contradictions: familyProblems,
    faults: [
      {
        what: 'one of the family is told something else',
        in: (_, plan) => ofRelatives(plan).length > 0,
        plant: (_, plan) =>
          ofRelatives(plan)
            .slice(0, 1)
            .map((answer) => withMoreUsed(answer, 'family')),
      },
      {
        what: 'a member has used more than the family',
        in: (_, plan) => ofRelatives(plan).length > 0,
        plant: (_, plan) =>
          ofRelatives(plan)
            .slice(0, 1)
            .map((answer) => withMoreUsed(answer, 'individual', 100_000)),
      },
    ],
  },
];
