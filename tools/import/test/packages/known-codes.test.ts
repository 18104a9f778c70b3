/** Which codes exist, by the tables that ship, and when nobody can say it. */
import { expect, test } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { packedTable } from '../../displays/shipped.ts';
import { SHIPPED } from '../../displays/tables.ts';
import { loadChecks } from '../../guides/checks.ts';
import { shippedCodes } from '../../guides/known-codes.ts';
import { importedCondition } from '../resources.ts';

const ICD10CM = 'http://hl7.org/fhir/sid/icd-10-cm';
const ICD10PCS = 'http://www.cms.gov/Medicare/Coding/ICD10';
const HCPCS = 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';
const DRG =
  'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software';
const NDC = 'http://hl7.org/fhir/sid/ndc';

const { profiles } = await loadChecks('plan', '2023');
const codeFindings = (resource: object) =>
  profiles
    .validate(resource as Resource)
    .flatMap(({ findings }) => findings)
    .filter(({ rule }) => rule === 'code');
const isFound = (system: string, code: string, date?: string) =>
  codeFindings(
    importedCondition('c', 'p', {
      code: { coding: [{ system, code }] },
      ...(date && { recordedDate: date }),
    }),
  ).length > 0;

test.each([
  [ICD10CM, 'E11.9', '2026-11-01', false],
  [ICD10CM, 'E119', '2026-11-01', false],
  [ICD10CM, 'E11', '2026-11-01', false],
  [ICD10CM, 'E11.99', '2026-11-01', true],
  [ICD10CM, 'E11.99', '2027-10-01', false],
  [ICD10CM, 'E11.99', undefined, false],
  [ICD10CM, 'QA0', '2026-11-01', false],
  [ICD10CM, 'QZ9.99', '2026-11-01', true],
  [ICD10CM, 'QZ9.99', '2027-10-01', false],
  [ICD10CM, '1ZZ.99', '2027-10-01', true],
  [ICD10PCS, '0016070', '2025-11-01', false],
  [ICD10PCS, '001607Q', '2025-11-01', true],
  [ICD10PCS, '001607Q', '2026-11-01', false],
  [ICD10PCS, '0016', '2026-11-01', true],
  [HCPCS, 'A0021', '2025-06-01', false],
  [HCPCS, 'A9999Z', '2025-06-01', true],
  [HCPCS, 'A0001', '2026-06-01', false],
  [HCPCS, '99213', '2025-06-01', false],
  [HCPCS, '25', '2025-06-01', false],
  [HCPCS, '59', '2025-06-01', false],
  [HCPCS, '1P', '2025-06-01', false],
  [HCPCS, 'D0120', '2025-06-01', false],
  [HCPCS, 'RH', '2025-06-01', false],
  [DRG, '470', '2026-06-01', false],
  [DRG, '0470', '2026-06-01', false],
  [DRG, '999', '2016-06-01', false],
  [DRG, 'x', '2016-06-01', true],
  [NDC, '00002120010', undefined, false],
  [NDC, '99999-9999-99', undefined, false],
  [NDC, 'aspirin', undefined, true],
])('%s %s in %s does not exist: %s', (system, code, date, expected) => {
  expect(isFound(system, code, date)).toBe(expected);
});

test.each<[string, boolean, object]>([
  ['a month', true, { recordedDate: '2026-11' }],
  ['the last month of the table', true, { recordedDate: '2027-03' }],
  ['a later month', false, { recordedDate: '2026-11-01', abatementDateTime: '2028-05' }],
  ['a later month in a period', false, { onsetPeriod: { start: '2026-11-01', end: '2027-04' } }],
  ['a year in which the table ends', false, { recordedDate: '2027' }],
  ['a year in which the table begins', false, { recordedDate: '2026-11-01', onsetDateTime: '2015' }],
  ['an end that means for ever', true, { onsetPeriod: { start: '2026-11-01', end: '9999-12-31' } }],
  ['a beginning that means none', true, { onsetPeriod: { start: '0001-01-01', end: '2026-11-01' } }],
  ['what looks like a year', true, { recordedDate: '2026-11-01', identifier: [{ value: '2028' }] }],
])('with %s, a diagnosis that the table has not is a finding: %s', (_, expected, more) => {
  const code = { coding: [{ system: ICD10CM, code: 'E11.99' }] };
  expect(codeFindings(importedCondition('c', 'p', { code, ...more })).length > 0).toBe(expected);
});

test.each(SHIPPED.filter(({ missing }) => missing?.form))(
  'every code of $file has the form of its system',
  ({ file, missing }) => {
    const codes = [...packedTable(file).codes()];
    expect(codes.length).toBeGreaterThan(100);
    expect(codes.filter((code) => !missing?.form?.test(code))).toEqual([]);
  },
);

test.each([HCPCS, HCPCS.replace('http:', 'https:'), ICD10CM, DRG])('%s has a table', (system) => {
  expect(shippedCodes.hasTable(system)).toBe(true);
});

test.each([NDC, 'http://www.cms.gov/Medicare/Coding/ICD9', 'urn:plan:codes'])(
  '%s has no table of all codes',
  (system) => {
    expect(shippedCodes.hasTable(system)).toBe(false);
  },
);

test('a diagnosis that does not exist breaks the binding of a claim, and the code alone is a warning', () => {
  const profile =
    'http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Inpatient-Institutional';
  const claim = (code: string) => ({
    resourceType: 'ExplanationOfBenefit',
    id: 'e',
    meta: { profile: [profile] },
    created: '2026-11-01',
    diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ system: ICD10CM, code }] } }],
  });
  const found = (code: string) =>
    profiles
      .validate(claim(code) as unknown as Resource)
      .flatMap(({ findings }) => findings)
      .filter(({ location }) => location.startsWith('ExplanationOfBenefit.diagnosis[0].diagnosisC'))
      .map(({ rule }) => rule);
  expect(found('E11.9')).toEqual([]);
  expect(found('E11.99').sort()).toEqual(['binding', 'code']);
});

test('a code that the plan loaded itself exists, in whatever form it comes and on all days', async () => {
  const PLACE = 'https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set';
  const HCPCS_OF_TABLES = 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';
  const planCodes = new Set([`${ICD10CM}|E1199`, `${HCPCS_OF_TABLES}|A9999Z`, `${DRG}|999X`, `${PLACE}|98`]);
  const { profiles: own } = await loadChecks('plan', '2023', undefined, planCodes);
  const profile =
    'http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Professional-NonClinician';
  const claim = (place: string) => ({
    resourceType: 'ExplanationOfBenefit',
    id: 'e',
    meta: { profile: [profile] },
    created: '2025-11-01',
    diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ system: ICD10CM, code: 'E11.99' }] } }],
    item: [
      {
        sequence: 1,
        productOrService: { coding: [{ system: HCPCS_OF_TABLES, code: 'A9999Z' }] },
        locationCodeableConcept: { coding: [{ system: PLACE, code: place }] },
      },
    ],
    extension: [{ url: 'urn:group', valueCoding: { system: DRG, code: '999X' } }],
  });
  const found = (checked: typeof own, place: string) =>
    checked
      .validate(claim(place) as unknown as Resource)
      .flatMap(({ findings }) => findings)
      .filter(
        ({ rule, location }) => rule === 'code' || (rule === 'binding' && /item|diagnosis/.test(location)),
      )
      .map(({ rule, location }) => `${rule} ${location.replace(/^ExplanationOfBenefit\./, '')}`)
      .sort();
  expect(found(own, '98')).toEqual([]);
  expect(found(own, '97')).toEqual(['binding item[0].locationCodeableConcept']);
  expect(found(profiles, '98')).toEqual([
    'binding diagnosis[0].diagnosisCodeableConcept',
    'binding item[0].locationCodeableConcept',
    'binding item[0].productOrService',
    'code diagnosis[0].diagnosisCodeableConcept.coding[0]',
    'code extension[0].valueCoding',
    'code item[0].productOrService.coding[0]',
  ]);
});
