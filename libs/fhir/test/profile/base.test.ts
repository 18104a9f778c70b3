/** Checks what R4 asks besides structure, which needs no package. */
import { describe, expect, test } from '@jest/globals';
import { ProfileValidator } from '../../src/profile/validator.ts';
import type { Resource } from '../../src/resource.ts';

const validator = new ProfileValidator([]);
const findingsOf = (resource: object) =>
  validator
    .validate(resource as Resource)
    .flatMap(({ profile, findings }) =>
      findings.map(({ location, rule, expected }) => [profile, location, rule, expected].join(' ')),
    );
const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const VALUE_SET = 'http://hl7.org/fhir/ValueSet/';

const claim = (more: object = {}) => ({
  resourceType: 'ExplanationOfBenefit',
  id: 'e',
  status: 'active',
  type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'oral' }] },
  use: 'claim',
  patient: { reference: 'Patient/p' },
  created: '2026-01-01',
  insurer: { reference: 'Organization/o' },
  provider: { reference: 'Practitioner/p' },
  outcome: 'complete',
  insurance: [{ focal: true, coverage: { reference: 'Coverage/c' } }],
  payment: { amount: { value: 5, currency: 'USD' } },
  ...more,
});

test('a sound resource has no row', () => {
  expect(validator.validate(claim() as unknown as Resource)).toEqual([]);
});

test('each of the five faults of a claim is found', () => {
  const faulty = claim({
    status: 'bogus',
    outcome: 'whatever',
    provider: { reference: 'Slot/s' },
    insurance: [{ focal: true, coverage: { reference: 'https://plan.example/fhir/Flag/f' } }],
    payment: { amount: { value: -5, currency: 'USD' } },
  });
  const at = `${R4}ExplanationOfBenefit ExplanationOfBenefit`;
  expect(findingsOf(faulty)).toEqual([
    `${at}.status binding ${VALUE_SET}explanationofbenefit-status`,
    `${at}.provider target Practitioner|PractitionerRole|Organization`,
    `${at}.outcome binding ${VALUE_SET}remittance-outcome`,
    `${at}.insurance[0].coverage target Coverage`,
    `${at} invariant payment-not-negative`,
  ]);
});

test('two lines of a claim have two numbers', () => {
  const line = (sequence: number) => ({ sequence, productOrService: { text: 'x' } });
  expect(findingsOf(claim({ item: [line(1), line(2)] }))).toEqual([]);
  expect(findingsOf(claim({ item: [line(1), line(1)] }))).toEqual([
    expect.stringMatching(/ invariant item-numbers-differ$/),
  ]);
});

test.each([
  ['careTeamSequence', { careTeam: [{ sequence: 1, provider: { reference: 'Practitioner/p' } }] }],
  ['diagnosisSequence', { diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { text: 'x' } }] }],
  ['procedureSequence', { procedure: [{ sequence: 1, procedureCodeableConcept: { text: 'x' } }] }],
])('the %s of a line is a number that the claim has', (name, parts) => {
  const line = (numbers: number[]) => ({ sequence: 1, productOrService: { text: 'x' }, [name]: numbers });
  expect(findingsOf(claim({ ...parts, item: [line([1]), { ...line([1]), sequence: 2 }] }))).toEqual([]);
  for (const change of [{ ...parts, item: [line([1, 2])] }, { item: [line([1])] }])
    expect(findingsOf(claim(change))).toEqual([expect.stringMatching(/ invariant item-links-exist$/)]);
});

describe('a claim names the profile that it fits', () => {
  const url = 'http://ig.example/StructureDefinition/claim';
  const [base, type] = [{ path: 'ExplanationOfBenefit', min: 0, max: '*' }, 'ExplanationOfBenefit'];
  const snapshot = { element: [{ id: type, ...base, base }] };
  const expecting = new ProfileValidator(
    [{ resourceType: 'StructureDefinition', url, type, derivation: 'constraint', snapshot }],
    { of: () => [`${url}|2.0.0`] },
  );
  const fittingOf = (more: object) => expecting.judge(claim(more) as unknown as Resource).fitting;
  const line = { sequence: 1, productOrService: { text: 'x' } };

  test.each<[string, object]>([
    ['item-links-exist', { item: [{ ...line, diagnosisSequence: [1] }] }],
    ['item-numbers-differ', { item: [line, line] }],
    ['payment-not-negative', { payment: { amount: { value: -5, currency: 'USD' } } }],
  ])('although it breaks %s, which neither R4 nor a guide asks', (key, more) => {
    expect(findingsOf(claim(more))).toEqual([expect.stringMatching(key)]);
    expect(fittingOf(more)).toEqual([`${url}|2.0.0`]);
    expect(fittingOf({ ...more, status: 'bogus' })).toEqual([]);
  });

  test('unless two resources in it have one id, which the text of R4 excludes', () => {
    const contained = ['x', 'y'].map((name) => ({ resourceType: 'Organization', id: 'o', name }));
    expect(fittingOf({ contained, insurer: { reference: '#o' } })).toEqual([]);
  });
});

describe('what a reference names is found out', () => {
  const slot = { resourceType: 'Slot', id: 's', schedule: { reference: 'Schedule/s' }, status: 'free' };
  const period = { start: '2026-01-01T08:00:00Z', end: '2026-01-01T09:00:00Z' };
  const contained = [{ ...slot, ...period }];
  const organization = { resourceType: 'Organization', id: 'o', name: 'Plan' };
  const TARGET = /provider target Practitioner/;
  test.each<[string, object, RegExp[]]>([
    ['something contained', { contained, provider: { reference: '#s' } }, [TARGET]],
    ['the resource itself', { provider: { reference: '#' } }, [TARGET]],
    ['by an identifier and a type', { provider: { type: 'Flag', identifier: { value: '1' } } }, [TARGET]],
    ['by a type that is a canonical', { provider: { type: `${R4}Flag`, display: 'x' } }, [TARGET]],
    [
      'by a type beside a reference that says none',
      { provider: { type: 'Flag', reference: 'urn:uuid:5d6e5bd6-1f0b-4d0e-8f47-5e1a7b1c2d3e' } },
      [TARGET],
    ],
    ['something contained that fits', { contained: [organization], provider: { reference: '#o' } }, []],
    ['a type that fits', { provider: { type: 'Organization', identifier: { value: '1' } } }, []],
    ['a type of somebody else', { provider: { type: 'urn:plan:clinic', identifier: { value: '1' } } }, []],
  ])('%s', (_, more, expected) => {
    expect(findingsOf(claim(more))).toEqual(expected.map((each) => expect.stringMatching(each)));
  });
});

test('a benefit of which more is used than is allowed is found, in a claim and in an answer about the coverage', () => {
  const benefit = (used: number) => ({
    type: { text: 'Deductible' },
    allowedMoney: { value: 1500, currency: 'USD' },
    usedMoney: { value: used, currency: 'USD' },
  });
  const balance = (used: number) =>
    claim({
      benefitBalance: [
        { category: { text: 'Medical' }, financial: [{ type: { text: 'Visits' } }, benefit(used)] },
      ],
    });
  const answer = (used: number) => ({
    resourceType: 'CoverageEligibilityResponse',
    id: 'r',
    status: 'active',
    purpose: ['benefits'],
    patient: { reference: 'Patient/p' },
    created: '2026-01-01',
    request: { reference: 'CoverageEligibilityRequest/q' },
    outcome: 'complete',
    insurer: { reference: 'Organization/o' },
    insurance: [
      {
        coverage: { reference: 'Coverage/c' },
        item: [{ category: { text: 'Medical' }, benefit: [benefit(used)] }],
      },
    ],
  });
  for (const resourceWith of [balance, answer]) {
    expect(findingsOf(resourceWith(1500))).toEqual([]);
    expect(findingsOf(resourceWith(1501))).toEqual([
      expect.stringMatching(/ invariant benefit-used-within-allowed$/),
    ]);
  }
});

describe('found', () => {
  const patient = (more: object) => ({ resourceType: 'Patient', id: 'p', ...more });
  test.each<[string, object, string[]]>([
    [
      'in a datatype',
      patient({ name: [{ use: 'usual' }, { use: 'nick' }] }),
      [`Patient.name[1].use binding ${VALUE_SET}name-use`],
    ],
    [
      'in a contained resource',
      patient({
        contained: [
          { resourceType: 'Organization', id: 'o', telecom: [{ use: 'home', system: 'phone', value: '1' }] },
        ],
        managingOrganization: { reference: '#o' },
      }),
      ['Patient.contained[0] invariant org-1', 'Patient.contained[0].telecom[0] invariant org-3'],
    ],
    ['in an extension', patient({ extension: [{ url: 'urn:x' }] }), ['Patient.extension[0] invariant ext-1']],
    [
      'at a contained resource that nothing refers to',
      patient({ contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }] }),
      ['Patient invariant dom-3'],
    ],
    [
      'at two contained resources of the same id',
      patient({
        contained: ['x', 'y'].map((name) => ({ resourceType: 'Organization', id: 'o', name })),
        managingOrganization: { reference: '#o' },
      }),
      ['Patient invariant contained-ids-differ'],
    ],
    [
      'at a reference to a contained resource that is not there',
      patient({ managingOrganization: { reference: '#gone' } }),
      ['Patient.managingOrganization invariant ref-1'],
    ],
    [
      'in an element whose content another element defines',
      {
        resourceType: 'Observation',
        id: 'o',
        status: 'final',
        code: { text: 'x' },
        component: [
          { code: { text: 'x' }, valueString: 'x', referenceRange: [{ appliesTo: [{ text: 'x' }] }] },
        ],
      },
      ['Observation.component[0].referenceRange[0] invariant obs-3'],
    ],
    [
      'a code that has an extension and no value',
      patient({ _gender: { extension: [{ url: 'urn:x', valueCode: 'x' }] } }),
      [],
    ],
  ])('%s', (_, resource, expected) => {
    const short = findingsOf(resource).map((finding) => finding.slice(finding.indexOf(' ') + 1));
    expect(short).toEqual(expected);
  });
});
