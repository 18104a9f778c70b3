/** A claim, and what its narrative says. */
import { expect } from '@jest/globals';
import { type Resource, withNarrative } from '../../src/index.ts';

export const TOLD_ADJUDICATION = 'http://terminology.hl7.org/CodeSystem/adjudication';
export const TOLD_C4BB = 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication';
export const TOLD_CARC = 'https://x12.org/codes/claim-adjustment-reason-codes';
export const toldCode = (system: string, value: string) => ({ coding: [{ system, code: value }] });
export const toldTotal = (system: string, value: string, amount: number) => ({
  category: toldCode(system, value),
  amount: { value: amount, currency: 'USD' },
});

export const toldClaim = (more: object = {}): Resource => ({
  resourceType: 'ExplanationOfBenefit',
  id: 'e',
  status: 'active',
  use: 'claim',
  outcome: 'complete',
  type: toldCode('http://terminology.hl7.org/CodeSystem/claim-type', 'oral'),
  patient: { reference: 'Patient/p', display: 'Selma Whitlow' },
  provider: { display: 'Ivan Nguyen' },
  billablePeriod: { start: '2025-06-14', end: '2025-06-14' },
  created: '2025-06-23T09:00:00Z',
  item: [{ sequence: 1, productOrService: { text: 'Dental check' } }],
  total: [
    toldTotal(TOLD_ADJUDICATION, 'submitted', 180),
    toldTotal(TOLD_ADJUDICATION, 'benefit', 51),
    toldTotal(TOLD_C4BB, 'memberliability', 129),
    toldTotal(TOLD_ADJUDICATION, 'deductible', 50),
    toldTotal(TOLD_C4BB, 'noncovered', 79),
  ],
  ...more,
});

/** The paragraphs without their tags. */
export function saidOf(resource: Resource, options = {}): { en: string; es: string; div: string } {
  const { text } = withNarrative(resource, options) as { text?: { status: string; div: string } };
  expect(text?.status).toBe('generated');
  const div = text?.div ?? '';
  const [en = '', es = ''] = [...div.matchAll(/<p [^>]*>(.*?)<\/p>/g)].map(([, words = '']) => words);
  return { en, es, div };
}
