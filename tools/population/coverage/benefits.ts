/** What a product covers, and up to which limits, as InsurancePlan has it. */
import { worded, type Concept } from '../fhir/resource.ts';
import { hl7 } from '../fhir/systems.ts';
import type { Line, Plan } from './product.ts';

const dollars = (cents: number) => ({
  value: cents / 100,
  unit: 'USD',
  system: 'urn:iso:std:iso:4217',
  code: 'USD',
});
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
