/** How much of each limit is used: as of each claim, and today. */
import { coded, codedConcept, type Concept, money, type SyntheticResource } from '../fhir/resource.ts';
import { cardSystem, hl7 } from '../fhir/systems.ts';
import { DENTAL_MAXIMUM_CENTS, THERAPY_VISITS } from '../coverage/benefits.ts';
import type { Line, Plan } from '../coverage/product.ts';
import { spanOn, type Enrollment } from '../coverage/enrollment.ts';
import { yearOf } from '../fhir/dates.ts';
import { totalsOf } from './adjudication.ts';
import { createdDay, type ClaimFacts } from './explanation.ts';

/** What was used of the limits of one year, in cents and visits. */
interface Used {
  deductible: number;
  outOfPocket: number;
  benefit: number;
  therapyVisits: number;
}

const NOTHING: Used = { deductible: 0, outOfPocket: 0, benefit: 0, therapyVisits: 0 };

const sumType = (code: string, display: string, text: string): Concept =>
  codedConcept(cardSystem('ExtendedCopayTypeCS'), code, display, text);

const DEDUCTIBLE = sumType('IndInDed', 'Individual In Network Deductible', 'Deductible');
const MAXIMUM = sumType('IndInMax', 'Individual In Network Out of Pocket Maximum', 'Out-of-pocket maximum');
const VISIT: Concept = {
  coding: [{ system: hl7('benefit-type'), code: 'visit', display: 'Visit' }],
  text: 'Physical therapy visits',
};
const BENEFIT: Concept = {
  coding: [{ system: hl7('benefit-type'), code: 'benefit', display: 'Benefit' }],
  text: 'Paid by the plan',
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
    ...(plan.line === 'dental' ? [spent(BENEFIT, DENTAL_MAXIMUM_CENTS, used.benefit)] : []),
    ...(plan.line === 'medical'
      ? [{ type: VISIT, allowedUnsignedInt: THERAPY_VISITS, usedUnsignedInt: used.therapyVisits }]
      : []),
  ];
}

const CATEGORIES: Readonly<Record<Line, Concept>> = {
  medical: coded(hl7('ex-benefitcategory'), '1', 'Medical Care'),
  dental: coded(hl7('ex-benefitcategory'), '35', 'Dental Care'),
  vision: coded(hl7('ex-benefitcategory'), '61', 'Vision Coverage'),
};

/** What the balances of claims and of answers about a coverage have in common. */
export const balanceOf = (plan: Plan, used: Used) => ({
  category: CATEGORIES[plan.line],
  name: plan.name,
  unit: coded(hl7('benefit-unit'), 'individual', 'Individual'),
  term: coded(hl7('benefit-term'), 'annual', 'Annual'),
  limits: limitsOf(plan, used),
});

/** A claim as it was decided, and the resources that were made of it. */
export interface Decided {
  facts: ClaimFacts;
  resources: SyntheticResource[];
}

function withClaim(used: Used, { items, therapyVisits = 0 }: ClaimFacts): Used {
  const { deductible, copay, coinsurance, benefit } = totalsOf(items.map(({ amounts }) => amounts));
  return {
    deductible: used.deductible + deductible,
    outOfPocket: used.outOfPocket + deductible + copay + coinsurance,
    benefit: used.benefit + benefit,
    therapyVisits: used.therapyVisits + therapyVisits,
  };
}

const yearKey = (line: Line, day: number) => `${line}/${yearOf(day)}`;

/** What is used after all claims of a year. */
export type UsedIn = (line: Line, day: number) => Used;

/** Writes on each claim in force what was used after it, in the order in which the plan decided. */
export function writeBalances(enrollment: Enrollment, decided: readonly Decided[]): UsedIn {
  const years = new Map<string, Used>();
  const usedIn: UsedIn = (line, day) => years.get(yearKey(line, day)) ?? NOTHING;
  for (const { facts, resources } of [...decided].sort((a, b) => createdDay(a.facts) - createdDay(b.facts))) {
    const { line, startDay } = facts;
    const used = withClaim(usedIn(line, startDay), facts);
    years.set(yearKey(line, startDay), used);
    const { limits, ...balance } = balanceOf(spanOn(enrollment, line, startDay).plan, used);
    for (const resource of resources)
      if (resource['status'] === 'active') resource['benefitBalance'] = [{ ...balance, financial: limits }];
  }
  return usedIn;
}
