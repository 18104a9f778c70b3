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

/** What the plan pays for in a year at most. What goes beyond it is refused (claims/ledger.ts). */
export const DENTAL_MAXIMUM_CENTS = 150_000;
export const GLASSES_ALLOWANCE_CENTS = 15_000;
export const THERAPY_VISITS = 30;

export type YearlyLimit = 'dental' | 'glasses' | 'therapy';

/** @param used cents that the plan has paid, or visits @returns how much more it pays for the next one */
export const ROOM_LEFT: Readonly<Record<YearlyLimit, (used: number) => number>> = {
  dental: (used) => DENTAL_MAXIMUM_CENTS - used,
  glasses: (used) => GLASSES_ALLOWANCE_CENTS - used,
  therapy: (used) => (used < THERAPY_VISITS ? Infinity : 0),
};

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
    {
      benefit: benefitType('vision-glasses', 'Vision Glasses', 'Glasses'),
      limit: { value: dollars(GLASSES_ALLOWANCE_CENTS), code: { text: 'Most that the plan pays in a year' } },
    },
  ],
};

/** Element `InsurancePlan.coverage`. */
export const coverageOfPlan = ({ line }: Plan): object[] => [
  {
    type: { text: `${line[0]?.toUpperCase()}${line.slice(1)} care` },
    benefit: COVERED[line].map(({ benefit, limit }) => ({ type: benefit, ...(limit && { limit: [limit] }) })),
  },
];
