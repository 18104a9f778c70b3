/** What a product covers, up to which limits, and what each kind of care costs, as InsurancePlan has it. */
import { coded, worded, type Concept } from '../fhir/resource.ts';
import { hl7 } from '../fhir/systems.ts';
import type { Line, Plan } from './product.ts';

const UCUM = 'http://unitsofmeasure.org';
const dollars = (cents: number) => ({
  value: cents / 100,
  unit: 'USD',
  system: 'urn:iso:std:iso:4217',
  code: 'USD',
});
const percent = (value: number) => ({ value, unit: '%', system: UCUM, code: '%' });
const visits = (value: number) => ({ value, unit: 'visits in a year' });

const benefitType = (code: string, display: string, text: string): Concept => ({
  ...worded(hl7('benefit-type'), code, text),
  coding: [{ system: hl7('benefit-type'), code, display }],
});

/** A kind of care for which HL7 has no code. */
const plain = (text: string) => ({ text });

interface Limit {
  benefit: Concept | { text: string };
  limit?: { value: object; code: { text: string } };
}

/** The limits are wide: no made-up member reaches them, so no claim has to be refused for them. */
export const DENTAL_MAXIMUM_CENTS = 500_000;
export const THERAPY_VISITS = 180;

const COVERED: Readonly<Record<Line, readonly Limit[]>> = {
  medical: [
    { benefit: benefitType('medical-primarycare', 'Medical Primary Health Coverage', 'Primary care') },
    { benefit: plain('Specialist care') },
    { benefit: plain('Hospital care') },
    {
      benefit: plain('Physical therapy'),
      limit: { value: visits(THERAPY_VISITS), code: { text: 'Visits in a year' } },
    },
    { benefit: benefitType('pharmacy-dispense', 'Pharmacy Dispense Coverage', 'Medicines') },
  ],
  dental: [
    {
      benefit: benefitType('benefit', 'Benefit', 'Dental care'),
      limit: { value: dollars(DENTAL_MAXIMUM_CENTS), code: { text: 'Most that the plan pays in a year' } },
    },
  ],
  vision: [
    { benefit: benefitType('vision-exam', 'Vision Exam', 'Eye examination') },
    { benefit: benefitType('vision-glasses', 'Vision Glasses', 'Glasses') },
  ],
};

/** Element `InsurancePlan.coverage`. */
export const coverageOfPlan = ({ line }: Plan): object[] => [
  {
    type: { text: `${line[0]?.toUpperCase()}${line.slice(1)} care` },
    benefit: COVERED[line].map(({ benefit, limit }) => ({ type: benefit, ...(limit && { limit: [limit] }) })),
  },
];

const IN_NETWORK = coded(hl7('applicability'), 'in-network', 'In Network');
const OUT_OF_NETWORK = coded(hl7('applicability'), 'out-of-network', 'Out of Network');
const COPAY = benefitType('copay', 'Copayment per service', 'Copay');
const COINSURANCE = benefitType('copay-percent', 'Copayment Percent per service', 'Coinsurance');

interface CareCost {
  care: string;
  copay?: keyof Plan;
}

/** A kind of care without a copay costs the coinsurance, after the deductible. */
const COSTS: Readonly<Record<Line, readonly CareCost[]>> = {
  medical: [
    { care: 'Primary care visit', copay: 'primaryCopayCents' },
    { care: 'Specialist visit', copay: 'specialistCopayCents' },
    { care: 'Generic medicine (tier 1)', copay: 'genericCopayCents' },
    { care: 'Brand medicine (tier 2)', copay: 'brandCopayCents' },
    { care: 'Hospital care' },
  ],
  dental: [{ care: 'Dental care' }],
  vision: [{ care: 'Eye examination', copay: 'primaryCopayCents' }, { care: 'Glasses' }],
};

/** Out of network the member pays twice the coinsurance, and a copay is the same (adjudication.ts). */
function costsOf(plan: Plan, { copay }: CareCost): object[] {
  if (copay) {
    const value = dollars(Number(plan[copay]));
    return [IN_NETWORK, OUT_OF_NETWORK].map((applicability) => ({ type: COPAY, applicability, value }));
  }
  return [
    { type: COINSURANCE, applicability: IN_NETWORK, value: percent(plan.coinsurancePercent) },
    {
      type: COINSURANCE,
      applicability: OUT_OF_NETWORK,
      value: percent(Math.min(100, plan.coinsurancePercent * 2)),
    },
  ];
}

/** Element `InsurancePlan.plan.specificCost`: what a member pays for each kind of care. */
export const specificCosts = (plan: Plan): object[] =>
  COSTS[plan.line].map((cost) => ({
    category: { text: cost.care },
    benefit: [{ type: { text: cost.care }, cost: costsOf(plan, cost) }],
  }));
