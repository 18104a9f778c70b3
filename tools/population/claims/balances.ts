/** How much of each limit is used: as of each claim, and today. */
import { coded, codedConcept, type Concept, money, type SyntheticResource } from '../fhir/resource.ts';
import { cardSystem, hl7 } from '../fhir/systems.ts';
import {
  DENTAL_MAXIMUM_CENTS,
  GLASSES_ALLOWANCE_CENTS,
  THERAPY_VISITS,
  type YearlyLimit,
} from '../coverage/benefits.ts';
import type { Line, Plan } from '../coverage/product.ts';
import { spanOn } from '../coverage/enrollment.ts';
import { yearOf } from '../fhir/dates.ts';
import { totalsOf } from './adjudication.ts';
import type { Scope } from '../scope.ts';
import { type ClaimFacts, isWaiting } from './explanation.ts';
import { usedOf } from './used-limits.ts';
import { decidedDay } from './versions.ts';

/** What was used of the limits of one year, in cents and visits. */
interface Used extends Record<YearlyLimit, number> {
  deductible: number;
  outOfPocket: number;
}

const NOTHING: Used = { deductible: 0, outOfPocket: 0, dental: 0, glasses: 0, therapy: 0 };

const sumType = (code: string, display: string, text: string): Concept =>
  codedConcept(cardSystem('ExtendedCopayTypeCS'), code, display, text);

const DEDUCTIBLE = sumType('IndInDed', 'Individual In Network Deductible', 'Deductible');
const MAXIMUM = sumType('IndInMax', 'Individual In Network Out of Pocket Maximum', 'Out-of-pocket maximum');
const FAMILY_DEDUCTIBLE = sumType('FamInDed', 'Family In Network Deductible', 'Deductible');
const FAMILY_MAXIMUM = sumType(
  'FamInMax',
  'Family In Network Out of Pocket Maximum',
  'Out-of-pocket maximum',
);
const VISIT: Concept = {
  coding: [{ system: hl7('benefit-type'), code: 'visit', display: 'Visit' }],
  text: 'Physical therapy visits',
};
const BENEFIT: Concept = {
  coding: [{ system: hl7('benefit-type'), code: 'benefit', display: 'Benefit' }],
  text: 'Paid by the plan',
};

const GLASSES: Concept = {
  coding: [{ system: hl7('benefit-type'), code: 'vision-glasses', display: 'Vision Glasses' }],
  text: 'Paid by the plan for glasses',
};

const spent = (type: Concept, allowed: number, used: number) => ({
  type,
  allowedMoney: money(allowed),
  usedMoney: money(used),
});

/** @returns the limits of the product with what is used of each, as R4 has them in a claim and in an answer */
function limitsOf(plan: Plan, used: Used): object[] {
  return [
    ...(plan.deductibleCents > 0 ? [spent(DEDUCTIBLE, plan.deductibleCents, used.deductible)] : []),
    spent(MAXIMUM, plan.outOfPocketMaximumCents, used.outOfPocket),
    ...(plan.line === 'dental' ? [spent(BENEFIT, DENTAL_MAXIMUM_CENTS, used.dental)] : []),
    ...(plan.line === 'vision' ? [spent(GLASSES, GLASSES_ALLOWANCE_CENTS, used.glasses)] : []),
    ...(plan.line === 'medical'
      ? [{ type: VISIT, allowedUnsignedInt: THERAPY_VISITS, usedUnsignedInt: used.therapy }]
      : []),
  ];
}

const CATEGORIES: Readonly<Record<Line, Concept>> = {
  medical: coded(hl7('ex-benefitcategory'), '1', 'Medical Care'),
  dental: coded(hl7('ex-benefitcategory'), '35', 'Dental Care'),
  vision: coded(hl7('ex-benefitcategory'), '61', 'Vision Coverage'),
};

/** @returns a family's limits with what its members have used of each together */
const familyLimitsOf = (plan: Plan, used: Used): object[] => [
  ...(plan.deductibleCents > 0
    ? [spent(FAMILY_DEDUCTIBLE, plan.familyDeductibleCents, used.deductible)]
    : []),
  spent(FAMILY_MAXIMUM, plan.familyMaximumCents, used.outOfPocket),
];

/** What a member has used, and the family, where there is one. */
interface UsedOfBoth {
  own: Used;
  family?: Used;
}

/** What the balances of claims and of answers about a coverage have in common. */
export function balancesOf(plan: Plan, { own, family }: UsedOfBoth) {
  const common = {
    category: CATEGORIES[plan.line],
    name: plan.name,
    term: coded(hl7('benefit-term'), 'annual', 'Annual'),
  };
  const unit = (code: string, display: string) => coded(hl7('benefit-unit'), code, display);
  return [
    { ...common, unit: unit('individual', 'Individual'), limits: limitsOf(plan, own) },
    ...(family ? [{ ...common, unit: unit('family', 'Family'), limits: familyLimitsOf(plan, family) }] : []),
  ];
}

/** A claim as it was decided, and the resources that were made of it. */
export interface Decided {
  scope: Scope;
  facts: ClaimFacts;
  resources: SyntheticResource[];
}

function withClaim(used: Used, { items }: ClaimFacts): Used {
  const { deductible, copay, coinsurance } = totalsOf(items.map(({ amounts }) => amounts));
  const after = {
    ...used,
    deductible: used.deductible + deductible,
    outOfPocket: used.outOfPocket + deductible + copay + coinsurance,
  };
  for (const { limit, amounts } of items) if (limit) after[limit] += usedOf(limit, amounts);
  return after;
}

const yearKey = (line: Line, day: number) => `${line}/${yearOf(day)}`;
const ownKey = ({ member }: Scope, line: Line, day: number) => `${member.key}/${yearKey(line, day)}`;

/** What is used after all claims of a year. */
export type UsedIn = (scope: Scope, line: Line, day: number) => UsedOfBoth;

/** Writes on each claim of a family that is in force what was used after it, in the order in which the plan decided. */
export function writeBalances(decided: readonly Decided[]): UsedIn {
  const years = new Map<string, Used>();
  const usedIn: UsedIn = (scope, line, day) => ({
    own: years.get(ownKey(scope, line, day)) ?? NOTHING,
    ...(scope.family.length > 1 && { family: years.get(yearKey(line, day)) ?? NOTHING }),
  });
  const inOrder = decided
    .filter(({ facts }) => !isWaiting(facts) && !facts.isBundled)
    .sort((a, b) => decidedDay(a.scope, a.facts) - decidedDay(b.scope, b.facts));
  for (const { scope, facts, resources } of inOrder) {
    const { line, startDay } = facts;
    for (const key of [ownKey(scope, line, startDay), yearKey(line, startDay)])
      years.set(key, withClaim(years.get(key) ?? NOTHING, facts));
    const { plan } = spanOn(scope.enrollment, line, startDay);
    const balances = balancesOf(plan, usedIn(scope, line, startDay));
    for (const resource of resources)
      if (resource['status'] === 'active')
        resource['benefitBalance'] = balances.map(({ limits, ...of }) => ({ ...of, financial: limits }));
  }
  return usedIn;
}
