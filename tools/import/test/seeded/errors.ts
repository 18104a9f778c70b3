/** Errors as they are in exports of real plans. */
import { CLAIM_ERRORS } from './claims.ts';
import type { SeededError } from './row.ts';

export type SeededSet = '2023' | '2027' | 'directory' | 'formulary';

const OF_2023: readonly SeededError[] = [
  ...CLAIM_ERRORS,
  ['a gender as one letter', 'patient', { gender: 'F' }, /gender binding/],
  ['a person without a name', 'patient', { name: undefined }, /name minimum/],
  ['a person without a number', 'patient', { identifier: undefined }, /identifier minimum/],
  ['a date of birth without dashes', 'patient', { birthDate: '19670813' }, /birthDate/],
  ['a language that is no code', 'patient', { language: 'English (United  States) ' }, /language/],
  [
    'a coverage of another plan’s member',
    'coverage',
    { 'beneficiary.reference': 'https://other-plan.example/payer/patient-access/fhir/v1/other/Patient/p1' },
    /no member/,
  ],
  [
    'a payer that only another plan has',
    'coverage',
    { 'payor[0].reference': 'Organization/of-another-plan' },
    /payor\S* refers to nothing/,
  ],
  [
    'two payers inside it that have the same id',
    'coverage',
    {
      contained: [
        { resourceType: 'Organization', id: 'payer', active: true, name: 'One' },
        { resourceType: 'Organization', id: 'payer', active: true, name: 'Two' },
      ],
      'payor[0].reference': '#payer',
    },
    /contained-ids-differ/,
  ],
  [
    'a coverage that a practitioner pays',
    'coverage',
    { 'payor[0].reference': 'Practitioner/p' },
    /payor\S* target/,
  ],
  [
    'a coverage without the relation to its subscriber',
    'coverage',
    { relationship: undefined },
    /relationship minimum/,
  ],
  [
    'a coverage that ends before it starts',
    'coverage',
    { period: { start: '2025-12-31', end: '2025-01-01' } },
    /period invariant per-1/,
  ],
  [
    'a balance that is less than the claims',
    'answer',
    { created: '2099-01-01T10:00:00Z', 'insurance[0].item[0].benefit[0].usedMoney.value': 1 },
    /its claims here/,
  ],
  [
    'a weight without a unit',
    'weight',
    { 'valueQuantity.unit': undefined, 'valueQuantity.code': undefined },
    /valueQuantity.* minimum/,
  ],
  ['a weight by a local code', 'weight', { 'code.coding[0].system': 'urn:local' }, /code/],
  ['an observation without a status', 'weight', { status: undefined }, /status/],
  [
    'a clinical status of the wrong system',
    'condition',
    { 'clinicalStatus.coding[0].system': 'urn:local' },
    /clinicalStatus binding/,
  ],
  ['an intent that does not exist', 'prescription', { intent: 'Order' }, /intent binding/],
  ['a visit without a class', 'visit', { class: undefined }, /class/],
  [
    'a National Provider Identifier of nine digits',
    'practitioner',
    { 'identifier[0].value': '123456789' },
    /us-core-16/,
  ],
  ['an organization that is not said to be active', 'organization', { active: undefined }, /active minimum/],
  [
    'a document without content',
    'document',
    { 'content[0].attachment.url': undefined, 'content[0].attachment.data': undefined },
    /us-core-6/,
  ],
];

const OF_2027: readonly SeededError[] = [
  [
    'an insurer that is a practitioner',
    'professional',
    { 'insurer.reference': 'Practitioner/p' },
    /insurer target/,
  ],
  ['a bogus status and no profile', 'professional', { status: 'paid' }, /status binding/, 'unnamed'],
  [
    'a stay with a present-on-admission code that left the guide',
    'inpatient',
    {
      'diagnosis[0].onAdmission.coding': [
        { system: 'https://www.nubc.org/CodeSystem/PresentOnAdmissionIndicator', code: 'Y' },
      ],
    },
    /onAdmission/,
  ],
  [
    'allowed units without a number',
    'authorization',
    { 'item[0].adjudication[allowedunits].value': undefined },
    /value minimum/,
  ],
  [
    'an amount of an authorization without an amount',
    'authorization',
    { 'item[0].adjudication[submitted].amount': undefined },
    /amount minimum/,
  ],
  [
    'an authorization without a priority that exists',
    'authorization',
    { priority: { coding: [{ system: 'urn:local', code: 'soon' }] } },
    /priority/,
  ],
  ['a person whose deceased is text', 'patient', { deceasedString: 'no' }, /deceased/],
  ['a person of two genders', 'patient', { gender: ['female', 'male'] }, /gender/],
  ['a coverage with a bogus status', 'coverage', { status: 'termed' }, /status binding/],
  ['a coverage without a payer', 'coverage', { payor: undefined }, /payor/],
];

const OF_DIRECTORY: readonly SeededError[] = [
  ['an organization that is not active', 'organization', { active: false }, /active (fixed|pattern)/],
  [
    'a network by its name alone',
    'role',
    {
      'extension[network-reference].valueReference': undefined,
      'extension[network-reference].valueString': 'PPO',
    },
    /value(String|\[x\])/,
  ],
  ['a practitioner without a name', 'practitioner', { name: undefined }, /name minimum/],
  ['a place without a name', 'place', { name: undefined }, /name minimum/],
  [
    'a contract that ends before it starts',
    'affiliation',
    { period: { start: '2026-01-01', end: '2025-01-01' } },
    /per-1/,
  ],
  [
    'an insurance plan that is a network',
    'affiliation',
    { 'network[0].reference': 'InsurancePlan/p' },
    /network\S* target/,
  ],
  ['an endpoint of an unknown status', 'endpoint', { status: 'up' }, /status binding/],
  ['an insurance plan of no type', 'plan', { type: undefined }, /type minimum/],
];

const OF_FORMULARY: readonly SeededError[] = [
  [
    'a drug without its formulary',
    'item',
    { 'extension[FormularyReference]': undefined },
    /extension\S* minimum/,
  ],
  [
    'an availability that does not exist',
    'item',
    { 'extension[AvailabilityStatus].valueCode': 'covered' },
    /value\S* binding/,
  ],
  // A Basic of another code is a member's, and this one is of a drug.
  ['an item of another code', 'item', { 'code.coding[0].code': 'drug' }, /subject refers to no Patient/],
  ['a drug without an RxNorm code', 'drug', { code: undefined }, /code minimum/],
  ['a drug of a bogus status', 'drug', { status: 'on-formulary' }, /status binding/],
  ['a formulary of no type', 'formulary', { type: undefined }, /type minimum/],
];

export const SEEDED_ERRORS: Readonly<Record<SeededSet, readonly SeededError[]>> = {
  '2023': OF_2023,
  '2027': OF_2027,
  directory: OF_DIRECTORY,
  formulary: OF_FORMULARY,
};
