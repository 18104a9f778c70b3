/** What the made-up plans cover agrees with what members read of their coverage and their claims. */
import { describe, expect, test } from '@jest/globals';
import { population } from '../population.ts';
import { DENTAL_MAXIMUM_CENTS, GLASSES_ALLOWANCE_CENTS, THERAPY_VISITS } from './benefits.ts';

interface Claim {
  resourceType: string;
  status: string;
  use: string;
  patient: { reference: string };
  billablePeriod: { start: string };
  type: { coding: { code: string }[] };
  item: {
    productOrService: { text?: string; coding?: { code: string }[] };
    adjudication: { category: { coding: { code: string }[] }; amount?: { value: unknown } }[];
  }[];
  total: { category: { coding: { code: string }[] }; amount: { value: unknown } }[];
  insurance: { focal: boolean; coverage: { reference?: string } }[];
  benefitPeriod: { start: string };
  benefitBalance?: Balance[];
}
interface Limit {
  type: { text: string };
  allowedMoney?: { value: number };
  usedMoney?: { value: number };
  allowedUnsignedInt?: number;
  usedUnsignedInt?: number;
}
type Balance = { financial: Limit[] };
interface Answer {
  patient: { reference: string };
  insurance: {
    coverage: { reference: string };
    benefitPeriod: { start: string };
    item: { benefit: Limit[] }[];
  }[];
}
interface Coded {
  coding?: { code: string }[];
}
interface Plan {
  identifier: { value: string }[];
  plan: {
    generalCost: { type: Coded; cost: { value: number } }[];
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

  test('has the deductible and the maximum of each coverage, with the same codes', () => {
    const codeOf = ({ coding }: Coded) => coding?.[0]?.code ?? '';
    for (const { class: classes, costToBeneficiary } of of<Coverage>('Coverage')) {
      const plan = plans.get(classes.find(({ type }) => type.coding[0]?.code === 'plan')?.value);
      const sums = new Map(
        costToBeneficiary.map(({ type, valueMoney }) => [codeOf(type), valueMoney?.value]),
      );
      const general = plan?.plan[0]?.generalCost ?? [];
      expect(general.map(({ type }) => codeOf(type))).toEqual([
        'IndInDed',
        'IndOutDed',
        'IndInMax',
        'IndOutMax',
        'FamInDed',
        'FamOutDed',
        'FamInMax',
        'FamOutMax',
      ]);
      for (const { type, cost } of general)
        if (sums.has(codeOf(type))) expect(sums.get(codeOf(type))).toBe(cost.value);
      expect(sums.has('IndInDed')).toBe(true);
    }
  });

  test('has limits that some members reach, and nobody passes', () => {
    const therapy = claims.filter(({ item }) => /therapy/i.test(item[0]?.productOrService.text ?? ''));
    const isPaid = ({ total }: Claim) =>
      Number(
        total.some(
          ({ category, amount }) => category.coding[0]?.code === 'eligible' && Number(amount.value) > 0,
        ),
      );
    expect(Math.max(...sums(therapy, isPaid))).toBe(THERAPY_VISITS);
    const dental = claims.filter(({ type }) => type.coding.some(({ code }) => code === 'oral'));
    const paid = ({ total }: Claim) =>
      Number(total.find(({ category }) => category.coding[0]?.code === 'benefit')?.amount.value ?? 0);
    expect(Math.max(...sums(dental, paid))).toBeCloseTo(DENTAL_MAXIMUM_CENTS / 100);
    const vision = claims.filter(({ type }) => type.coding.some(({ code }) => code === 'vision'));
    const paidForGlasses = ({ item }: Claim) =>
      item
        .filter(({ productOrService }) => productOrService.coding?.[0]?.code.startsWith('V2'))
        .flatMap(({ adjudication }) => adjudication)
        .filter(({ category }) => category.coding[0]?.code === 'benefit')
        .reduce((sum, { amount }) => sum + Number(amount?.value), 0);
    expect(Math.max(...sums(vision, paidForGlasses))).toBeCloseTo(GLASSES_ALLOWANCE_CENTS / 100);
  });
});

describe('a balance', () => {
  const claims = of<Claim>('ExplanationOfBenefit').filter(
    ({ status, use }) => status === 'active' && use === 'claim',
  );
  const answers = of<Answer>('CoverageEligibilityResponse');
  const limits = [
    ...claims.flatMap(({ benefitBalance = [] }) => benefitBalance.flatMap(({ financial }) => financial)),
    ...answers.flatMap(({ insurance }) =>
      insurance.flatMap(({ item }) => item.flatMap(({ benefit }) => benefit)),
    ),
  ];

  test('is never past its limit', () => {
    expect(limits.length).toBeGreaterThan(claims.length);
    for (const { usedMoney, allowedMoney, usedUnsignedInt, allowedUnsignedInt } of limits)
      expect(usedMoney?.value ?? usedUnsignedInt).toBeLessThanOrEqual(
        allowedMoney?.value ?? allowedUnsignedInt ?? -1,
      );
  });

  test('of today is what the claims of the year add up to', () => {
    const paid = ['deductible', 'copay', 'coinsurance'];
    const centsOf = ({ total }: Claim) =>
      total
        .filter(({ category }) => paid.includes(category.coding[0]?.code ?? ''))
        .reduce((sum, { amount }) => sum + Math.round(Number(amount.value) * 100), 0);
    const met: number[] = [];
    for (const { insurance } of answers)
      for (const { coverage, benefitPeriod, item } of insurance) {
        const ofYear = claims.filter(
          (claim) =>
            claim.insurance.some((each) => each.focal && each.coverage.reference === coverage.reference) &&
            claim.benefitPeriod.start === benefitPeriod.start,
        );
        const maximum = item[0]?.benefit.find(({ type }) => type.text === 'Out-of-pocket maximum')?.usedMoney;
        const cents = Math.round((maximum?.value ?? -1) * 100);
        expect(cents).toBe(ofYear.reduce((sum, claim) => sum + centsOf(claim), 0));
        met.push(cents);
      }
    expect(Math.max(...met)).toBeGreaterThan(0);
  });
});
