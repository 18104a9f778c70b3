/** What the made-up plans cover agrees with what members read of their coverage and their claims. */
import { describe, expect, test } from '@jest/globals';
import { population } from '../population.ts';
import { DENTAL_MAXIMUM_CENTS, THERAPY_VISITS } from './benefits.ts';

interface Claim {
  resourceType: string;
  status: string;
  use: string;
  patient: { reference: string };
  billablePeriod: { start: string };
  type: { coding: { code: string }[] };
  item: { productOrService: { text?: string } }[];
  total: { category: { coding: { code: string }[] }; amount: { value: unknown } }[];
}
interface Plan {
  identifier: { value: string }[];
  plan: {
    specificCost: { category: { text: string }; benefit: { cost: { value: { value: number } }[] }[] }[];
  }[];
}
interface Coverage {
  class: { type: { coding: { code: string }[] }; value: string }[];
  costToBeneficiary: { type: { coding?: { code: string }[] }; valueMoney?: { value: unknown } }[];
}

/** JSON writes an amount that has kept its digits as a number. */
const all = [...population({ tenant: 'northwind', members: 40 })].map(
  (resource) => JSON.parse(JSON.stringify(resource)) as { resourceType: string },
);
const of = <T>(type: string) => all.filter(({ resourceType }) => resourceType === type) as unknown as T[];

function sums(claims: Claim[], countOf: (claim: Claim) => number): number[] {
  const byYear = Map.groupBy(
    claims,
    ({ patient, billablePeriod }) => patient.reference + billablePeriod.start.slice(0, 4),
  );
  return [...byYear.values()].map((year) => year.reduce((sum, claim) => sum + countOf(claim), 0));
}

describe('a made-up plan', () => {
  const plans = new Map(of<Plan>('InsurancePlan').map((plan) => [plan.identifier[0]?.value, plan]));
  const claims = of<Claim>('ExplanationOfBenefit').filter(
    ({ status, use }) => status === 'active' && use === 'claim',
  );

  test('is found by the plan class of each coverage, and costs what the coverage says', () => {
    const coverages = of<Coverage>('Coverage');
    expect(coverages.length).toBeGreaterThan(40);
    for (const { class: classes, costToBeneficiary } of coverages) {
      const plan = plans.get(classes.find(({ type }) => type.coding[0]?.code === 'plan')?.value);
      const visit = costToBeneficiary.find(({ type }) => type.coding?.[0]?.code === 'gpvisit')?.valueMoney
        ?.value;
      const cost = plan?.plan[0]?.specificCost.find(({ category }) => category.text === 'Primary care visit');
      expect(plan).toBeDefined();
      if (cost) expect(cost.benefit[0]?.cost[0]?.value.value).toBe(visit);
    }
  });

  test('has limits that no member passes', () => {
    const therapy = claims.filter(({ item }) => /therapy/i.test(item[0]?.productOrService.text ?? ''));
    expect(Math.max(...sums(therapy, () => 1))).toBeLessThanOrEqual(THERAPY_VISITS);
    const dental = claims.filter(({ type }) => type.coding.some(({ code }) => code === 'oral'));
    const paid = ({ total }: Claim) =>
      Number(total.find(({ category }) => category.coding[0]?.code === 'benefit')?.amount.value);
    expect(Math.max(...sums(dental, paid))).toBeLessThanOrEqual(DENTAL_MAXIMUM_CENTS / 100);
    expect([therapy.length > 0, dental.length > 0]).toEqual([true, true]);
  });
});
