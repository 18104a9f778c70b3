import { expect, it } from '@jest/globals';
import { canariesOf, population, toldIn } from './index.ts';

const canaries = canariesOf([...population({ tenant: 'northwind', members: 4 })]);

it('name members, their numbers, their claims and what they have', () => {
  expect(canaries).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      expect.stringMatching(/^NO\d{9}-01$/),
      expect.stringMatching(/^\d{14}$/),
      expect.stringMatching(/^[A-Z]\d\d\.\d+$/),
      'Essential hypertension',
    ]),
  );
});

it('name nothing that is about no member', () => {
  expect(canaries).not.toContain('Northwind Health Plan');
  expect(canaries).not.toContain('active');
});

it('are found as whole words, in whatever stands around them', () => {
  const log = `{"msg":"read Patient/p-1 of Maria","time":1764304498101}\nNO073965877-01`;
  expect(toldIn(log, ['Maria', 'NO073965877-01', '64304498', 'p-1', 'atient'])).toEqual([
    'Maria',
    'NO073965877-01',
    'p-1',
  ]);
});

it('of a person name who she is, and of a record its numbers, and not what many share', () => {
  const patient = {
    resourceType: 'Patient',
    id: 'patient-7',
    birthDate: '1980-01-02',
    name: [{ use: 'official', given: ['Amy'], family: 'Shawcross' }],
    address: [{ line: ['12 Long Street'], state: 'MA', country: 'US' }],
    identifier: [{ system: 'https://plan.example/members', value: 'M-123456' }],
    meta: { profile: ['http://hl7.org/x'] },
  };
  const claim = {
    resourceType: 'ExplanationOfBenefit',
    id: 'claim-1',
    created: '2026-01-01',
    patient: { reference: 'Patient/patient-7' },
    diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ system: 'x', code: 'F10.20' }] } }],
  };
  expect(canariesOf([patient, claim]).sort()).toEqual(
    ['patient-7', '1980-01-02', 'Shawcross', '12 Long Street', 'M-123456', 'claim-1', 'F10.20'].sort(),
  );
});
