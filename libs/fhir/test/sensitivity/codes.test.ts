/** Which labels a plan's list of codes gives to which resources. */
import { describe, expect, test } from '@jest/globals';
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

const list = (system: string, ...codes: string[]) =>
  labeller([{ category: 'mental-health', codes: { [system]: codes } }]);
const SID = 'http://hl7.org/fhir/sid';
const oid = (rest: string) => `urn:oid:2.16.840.1.113883.${rest}`;

describe.each<[string, string, string[]]>([
  [
    'ICD-10-CM',
    'F10.20',
    [
      ...[`${SID}/icd-10-cm`, 'https://hl7.org/fhir/sid/icd-10-cm/', 'http://HL7.org/fhir/sid/ICD-10-CM'],
      ...[oid('6.90'), '2.16.840.1.113883.6.90', `${SID}/icd-10`, `${SID}/icd-10-cm|2027`],
      ...[`${SID}/icd-10-cm/|2027`, `${SID}/icd-10-cm |2027`],
    ],
  ],
  ['ICD-10-PCS', 'HZ2ZZZZ', ['http://www.cms.gov/Medicare/Coding/ICD10', `${SID}/icd-10-pcs`, oid('6.4')]],
  ['ICD-9-CM', '303.90', [`${SID}/icd-9-cm`, `${SID}/icd-9-cm/diagnosis`, oid('6.103')]],
  [
    'CPT, a part of HCPCS',
    '90791',
    [
      'http://www.ama-assn.org/go/cpt',
      'https://ama-assn.org/go/cpt',
      oid('6.12'),
      `http://${HCPCS}`,
      HCPCS,
      oid('6.285'),
    ],
  ],
  ['NDC', '00093-5721-01', [`${SID}/ndc`, oid('6.69')]],
  ['RxNorm', '6813', ['http://www.nlm.nih.gov/research/umls/rxnorm', oid('6.88')]],
  ['CVX', '62', [`${SID}/cvx`, oid('12.292')]],
  ['SNOMED CT', '66214007', [SNOMED, `${SNOMED}/731000124108`, oid('6.96')]],
  ['LOINC', '5671-3', ['http://loinc.org', 'https://loinc.org/', oid('6.1')]],
  ['revenue codes', '0906', ['https://www.nubc.org/CodeSystem/RevenueCodes', oid('6.301.3')]],
  ['a system that nobody knows', 'x', ['http://plan.example/Codes', 'https://plan.example/codes/']],
])('each name of %s', (_, code, names) => {
  test.each(names)('labels what comes as %s', (listed) => {
    for (const system of names)
      expect([system, list(listed, code)(condition({ system, code })).labels]).toEqual([system, [MH]]);
    expect(list(listed, code)(condition({ system: `${names[0]}x`, code })).labels).toEqual([]);
  });
});

test('a name of many slashes takes no long time', () => {
  const system = `http://plan.example/${'/'.repeat(100_000)}x`;
  const began = performance.now();
  list(NDC, '0093-*')(condition({ system, code: 'x' }));
  expect(performance.now() - began).toBeLessThan(1_000);
});

const NDC = `${SID}/ndc`;
const REVENUE = 'https://www.nubc.org/CodeSystem/RevenueCodes';
const ONE_NDC = ['0093-5721-01', '00093-5721-01', '00093572101', '0093572101'];

test.each<[string, string, string[], string[], string[]]>([
  ['an NDC', NDC, ONE_NDC, ONE_NDC, ['00093-5721-02', '0093-572-01', '00093572102', '93572101']],
  [
    'an NDC of three digits for the product',
    NDC,
    ['12345-678-90', '12345067890', '1234567890'],
    ['12345-678-90', '12345-0678-90', '12345067890', '1234567890'],
    ['12345-678-91', '12345678991'],
  ],
  [
    'a product',
    NDC,
    ['0093-5721*', '00093-5721-*'],
    [...ONE_NDC, '0093-5721'],
    ['0093-5722-01', '10093572101'],
  ],
  ['a labeler', NDC, ['0093-*', '00093*'], ONE_NDC, ['00094-5721-01', '10093572101']],
  [
    'the beginning of a product',
    NDC,
    ['12345-678*', '12345-67*', '12345-6*'],
    ['12345-678-90', '12345067890', '12345-6789-0'],
    ['12345-067-89'],
  ],
  ['a CVX code', `${SID}/cvx`, ['8', '08', '008'], ['8', '08', '008'], ['80', '18']],
  ['a revenue code', REVENUE, ['0906', '906'], ['0906', '906'], ['9060', '0907']],
  ['revenue codes', REVENUE, ['090*', '0906*'], ['0906', '906'], ['9060', '0806', '90']],
  [
    'a DRG',
    'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software',
    ['0895', '895'],
    ['895', '0895'],
    ['8950'],
  ],
  ['a code of HCPCS', `http://${HCPCS}`, ['H0001'], ['h0001', 'H0001'], ['H001', 'H00010']],
  ['a code of any system', '*', ['0906'], ['0906', '906'], ['9060']],
])('%s is listed however it is written', (_, named, entries, codes, others) => {
  const system = named === '*' ? REVENUE : named;
  for (const entry of entries) {
    const labelled = [...codes, ...others].filter(
      (code) => list(named, entry)(condition({ system, code })).labels.length > 0,
    );
    expect([entry, labelled]).toEqual([entry, codes]);
  }
});

test('an NDC of any system is listed with 11 digits', () => {
  for (const code of ONE_NDC)
    expect(list('*', '00093572101')(condition({ system: NDC, code })).labels).toEqual([MH]);
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

test.each<[string, Resource, string[]]>([
  ['beside another label of the list', condition(icd('F32'), icd('Z33.2')), [MH, RESTRICTED]],
  [
    'beside a label of the sender',
    { ...condition(icd('Z33.2')), meta: { security: [{ system: ACT, code: 'MH' }] } },
    [MH, RESTRICTED],
  ],
  [
    'beside the same label of the sender, which another label explains',
    { ...condition(icd('F32'), icd('Z33.2')), meta: { security: [R] } },
    [MH, RESTRICTED],
  ],
  [
    'for what is contained, beside the same label of the sender',
    { ...condition(icd('F32')), contained: [condition(icd('Z33.2'))], meta: { security: [R] } },
    [MH, RESTRICTED],
  ],
  ['alone', condition(icd('Z33.2')), [RESTRICTED]],
])('“restricted” is needed for a code that the list has under it: %s', (_, resource, needed) => {
  const labelsOf = labeller([...RULES, { category: 'restricted', codes: { [ICD]: ['Z33*'] } }]);
  const { resource: labelled, added } = withLabels(resource, labelsOf(resource));
  expect(sensitivityLabels(labelled)).toEqual(needed);
  expect(added).toContain(RESTRICTED);
  const { meta, ...content } = withoutLabels(labelled, added);
  expect({ ...content, ...(meta && Object.keys(meta).length > 0 && { meta }) }).toEqual(resource);
});
