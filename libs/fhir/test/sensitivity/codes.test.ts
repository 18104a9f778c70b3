/** Which labels a plan's list of codes gives to which resources. */
import { expect, test } from '@jest/globals';
import type { Resource } from '../../src/resource.ts';
import { sensitivityLabels } from '../../src/sensitivity.ts';
import { labeller, type SensitiveCodes, withLabels, withoutLabels } from '../../src/sensitive-codes.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const SNOMED = 'http://snomed.info/sct';

const RULES: SensitiveCodes = [
  { category: 'substance-use', codes: { [ICD]: ['F10*', 'F11.20'], [SNOMED]: ['66214007'] } },
  { category: 'mental-health', codes: { [ICD]: ['F3*', 'F10.14'] } },
  { label: 'https://plan.example/labels|fertility', codes: { '*': ['Z31*'] } },
];
const SUD = `${ACT}|SUD`;
const MH = `${ACT}|MH`;
const FERTILITY = 'https://plan.example/labels|fertility';

const condition = (...coding: object[]): Resource => ({
  resourceType: 'Condition',
  id: 'c',
  code: { coding },
});
const icd = (code: string) => ({ system: ICD, code });

test.each<[string, Resource, string[]]>([
  ['a code whose beginning is in the list', condition(icd('F10.20')), [SUD]],
  ['written without its dot, in small letters', condition(icd('f1020')), [SUD]],
  ['the beginning itself', condition(icd('F10')), [SUD]],
  ['a whole code', condition(icd('F1120')), [SUD]],
  ['a code that only begins like a whole code in the list', condition(icd('F11.201')), []],
  ['a code that is shorter than the beginning in the list', condition(icd('F1')), []],
  ['two categories', condition(icd('F10.14')), [MH, SUD]],
  ['another system', condition({ system: SNOMED, code: 'F10' }), []],
  ['any system, and none', condition({ code: 'Z31.41' }), [FERTILITY]],
  ['a display with a listed code', condition({ system: ICD, display: 'F10' }), []],
  [
    'deep in a claim',
    {
      resourceType: 'ExplanationOfBenefit',
      id: 'e',
      diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [icd('Z00'), icd('F32.9')] } }],
    },
    [MH],
  ],
  [
    'in a contained resource',
    { resourceType: 'Procedure', id: 'p', contained: [condition({ system: SNOMED, code: '66214007' })] },
    [SUD],
  ],
  [
    'in the meta of the resource',
    { resourceType: 'Condition', id: 'c', meta: { tag: [icd('F10')], security: [icd('F10')] } },
    [],
  ],
])('%s', (_, resource, labels) => {
  expect(labeller(RULES)(resource).labels).toEqual(labels);
});

const HCPCS = 'www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets';

test.each([
  ['https', 'http'],
  ['http', 'https'],
  ['http', 'http'],
])('a list that names HCPCS with %s labels a code with %s', (listed, sent) => {
  const list: SensitiveCodes = [
    { category: 'substance-use', codes: { [`${listed}://${HCPCS}`]: ['H0001'] } },
    { category: 'mental-health', codes: { [`https://${HCPCS}`]: ['H0001', 'H2011'] } },
  ];
  const { labels } = labeller(list)(condition({ system: `${sent}://${HCPCS}`, code: 'H0001' }));
  expect(labels).toEqual([MH, SUD]);
  expect(labeller(list)(condition({ system: `ftp://${HCPCS}`, code: 'H0001' })).labels).toEqual([]);
});

test('labels are added and removed, and those that came with the resource stay', () => {
  const own = { system: ACT, code: 'SUD' };
  const resource: Resource = { ...condition(icd('F10')), meta: { profile: ['x'], security: [own] } };
  const { resource: labelled, added } = withLabels(resource, { labels: [MH, SUD], ofContained: [] });
  expect(added).toEqual([MH]);
  expect(labelled.meta?.['security']).toEqual([own, { system: ACT, code: 'MH' }]);
  expect(withoutLabels(labelled, added)).toEqual(resource);
  const plain = condition();
  expect(withoutLabels(withLabels(plain, { labels: [SUD], ofContained: [] }).resource, [SUD])).toEqual({
    ...plain,
    meta: {},
  });
});

test('a resource without a listed code stays the same object', () => {
  const resource = condition(icd('Z00'));
  expect(withLabels(resource, labeller(RULES)(resource)).resource).toBe(resource);
});

const R = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
const RESTRICTED = `${R.system}|R`;

test.each<[string, Resource, string[]]>([
  [
    'no reason of a restricted resource, if it is only of what that contains',
    { ...condition(icd('J10')), contained: [condition(icd('F10')), condition(icd('F32'))] },
    [MH, SUD, RESTRICTED],
  ],
  [
    'the reason of a restricted resource, if it is its own as well',
    { ...condition(icd('F10')), contained: [condition(icd('F10'))] },
    [SUD],
  ],
  [
    'the reason, and another one of what that contains',
    { ...condition(icd('F10')), contained: [condition(icd('F32'))] },
    [MH, SUD],
  ],
])('a label of the list is %s', (_, content, needed) => {
  const resource = { ...content, meta: { security: [R] } };
  const { resource: labelled, added } = withLabels(resource, labeller(RULES)(resource));
  expect(sensitivityLabels(labelled)).toEqual(needed);
  expect(withoutLabels(labelled, added)).toEqual(resource);
});
