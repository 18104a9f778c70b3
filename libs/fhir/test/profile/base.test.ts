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
    `${at} invariant payment-not-negative`,
    `${at}.status binding ${VALUE_SET}explanationofbenefit-status`,
    `${at}.provider target Practitioner|PractitionerRole|Organization`,
    `${at}.outcome binding ${VALUE_SET}remittance-outcome`,
    `${at}.insurance[0].coverage target Coverage`,
  ]);
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
