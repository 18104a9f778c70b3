/** What is found by the definitions that ship, in codes from elsewhere and in claims that say wrongly what they are. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ProfileValidator, Resource } from '@patient-access/fhir';
import { population } from '@patient-access/population';
import { loadChecks } from '../../guides/checks.ts';
import { explanation } from '../resources.ts';

describe('a code that US Core takes from VSAC', () => {
  const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition';
  const CDCREC = 'urn:oid:2.16.840.1.113883.6.238';
  const NULL_FLAVOR = 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor';
  const part = (url: string, system: string, code: string) => ({ url, valueCoding: { system, code } });
  const ofRace = (...extension: object[]) => ({
    url: `${US_CORE}/us-core-race`,
    extension: [...extension, { url: 'text', valueString: 'x' }],
  });
  const ofEthnicity = (...extension: object[]) => ({
    url: `${US_CORE}/us-core-ethnicity`,
    extension: [...extension, { url: 'text', valueString: 'x' }],
  });
  const birthSex = (valueCode: string) => ({ url: `${US_CORE}/us-core-birthsex`, valueCode });

  test.each<[string, object, boolean]>([
    ['a race', ofRace(part('ombCategory', CDCREC, '2106-3')), true],
    ['another race', ofRace(part('ombCategory', CDCREC, '2131-1')), true],
    ['no answer about the race', ofRace(part('ombCategory', NULL_FLAVOR, 'ASKU')), true],
    ['a race of no category', ofRace(part('ombCategory', CDCREC, '1010-8')), false],
    ['a race of another system', ofRace(part('ombCategory', 'urn:plan', '2106-3')), false],
    ['a race in detail', ofRace(part('detailed', CDCREC, '1010-8')), true],
    ['a category as a race in detail', ofRace(part('detailed', CDCREC, '2106-3')), false],
    ['an ethnicity', ofEthnicity(part('ombCategory', CDCREC, '2186-5')), true],
    ['no known ethnicity', ofEthnicity(part('ombCategory', NULL_FLAVOR, 'UNK')), true],
    ['a race as an ethnicity', ofEthnicity(part('ombCategory', CDCREC, '2106-3')), false],
    ['a birth sex', birthSex('F'), true],
    ['another birth sex', birthSex('OTH'), true],
    ['no birth sex', birthSex('X'), false],
  ])('%s: %#', async (_, extension, isRight) => {
    for (const set of ['2023', '2027'] as const) {
      const { profiles } = await loadChecks('plan', set);
      const patient = {
        resourceType: 'Patient',
        id: 'p',
        meta: { profile: [`${US_CORE}/us-core-patient`] },
        identifier: [{ system: 'urn:x', value: '1' }],
        name: [{ family: 'Shaw' }],
        gender: 'female',
        extension: [extension],
      };
      const rules = profiles.validate(patient).flatMap(({ findings }) => findings.map(({ rule }) => rule));
      expect(rules).toEqual(isRight ? [] : ['binding']);
    }
  });

  test('a state is one of the Postal Service, and a fill is one of HL7', async () => {
    const { profiles } = await loadChecks('northwind~provider-directory');
    const url = 'http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/practitioner-qualification';
    const { root } = profiles.find(url) ?? {};
    const codes = JSON.stringify(root, (_, value: unknown) => (value instanceof Map ? [...value] : value));
    expect(codes).toContain('https://www.usps.com/');
    const { profiles: own } = await loadChecks('plan', '2027');
    const dispense = (code: string) => ({
      resourceType: 'MedicationDispense',
      id: 'd',
      meta: { profile: ['http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/pdex-medicationdispense'] },
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code }] },
    });
    const wrong = (code: string) =>
      own
        .validate(dispense(code) as unknown as Resource)
        .flatMap(({ findings }) => findings)
        .filter(({ location }) => location === 'MedicationDispense.type');
    expect([wrong('FF'), wrong('RFP')]).toEqual([[], []]);
    expect(wrong('_ActPharmacySupplyType')).toHaveLength(1);
    expect(wrong('AMB')).toHaveLength(1);
  });
});

describe('a claim that is like none of CARIN’s', () => {
  type Faulty = Resource & { type: { coding: object[] }; use: string; supportingInfo: object[] };
  let claim: Faulty;
  let profiles: ProfileValidator;
  beforeAll(async () => {
    ({ profiles } = await loadChecks('plan', '2023'));
    claim = [...population({ tenant: 'northwind', members: 12, seed: 1 })].find((each) =>
      JSON.stringify(each['meta'] ?? '').includes('Inpatient'),
    ) as unknown as Faulty;
  });
  const shortNames = (resource: Resource) =>
    profiles
      .validate(resource)
      .filter(({ findings }) => findings.length > 0)
      .map(({ profile }) => profile.slice(profile.lastIndexOf('/') + 1));
  const bare = (more: object): Resource => ({
    ...claim,
    meta: { lastUpdated: '2026-01-01T00:00:00Z' },
    ...more,
  });
  const INPATIENT = ['C4BB-ExplanationOfBenefit-Inpatient-Institutional'];

  test('has findings of the kind that it is nearest to', () => {
    expect(shortNames(bare({}))).toEqual([]);
    expect(shortNames(bare({ type: { coding: [{ system: 'urn:x', code: 'x' }] } }))).toEqual(INPATIENT);
    expect(shortNames(bare({ use: 'predetermination' }))).toEqual(INPATIENT);
    expect(shortNames(bare({ supportingInfo: claim.supportingInfo.slice(1) }))).toEqual(INPATIENT);
    const other = 'http://plan.example/x';
    expect(shortNames(bare({ meta: { ...claim.meta, profile: [other] }, identifier: [] }))).toEqual(
      INPATIENT,
    );
  });

  test('has one that no kind is meant, where it is near to none', () => {
    const all = profiles.validate(explanation('e', 'p', { use: 'predetermination' }));
    expect(all).toContainEqual({
      profile: 'http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit',
      findings: expect.arrayContaining([
        { location: 'ExplanationOfBenefit', rule: 'profile', expected: 'one of the profiles for this type' },
      ]) as unknown,
    });
  });
});

describe('a resource that names no profile', () => {
  const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition';
  const CATEGORIES = 'http://terminology.hl7.org/CodeSystem/observation-category';
  const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
  const socialHistory = (code: string, more: object = {}) =>
    ({
      resourceType: 'Observation',
      id: 'o',
      status: 'final',
      category: [coded(CATEGORIES, 'social-history')],
      code: coded('http://loinc.org', code),
      subject: { reference: 'Patient/p' },
      valueCodeableConcept: { text: 'x' },
      ...more,
    }) as unknown as Resource;
  const PERIOD = { effectivePeriod: { start: '2025-01-01', end: '2025-12-31' } };

  test('is judged by the profile that says most exactly what it is', async () => {
    const { profiles } = await loadChecks('plan', '2023');
    const findingsOf = (resource: Resource) =>
      profiles
        .validate(resource)
        .flatMap(({ profile, findings }) =>
          findings.map(({ location, rule }) => `${profile.replace(`${US_CORE}/`, '')} ${location} ${rule}`),
        );
    const [occupation, smoking] = ['11341-5', '72166-2'];
    expect(findingsOf(socialHistory(occupation, PERIOD))).toEqual([]);
    expect(findingsOf(socialHistory(smoking, PERIOD))).toContain(
      'us-core-smokingstatus Observation.effectivePeriod type',
    );
    const asSmoking = { meta: { profile: [`${US_CORE}/us-core-smokingstatus`] }, ...PERIOD };
    expect(findingsOf(socialHistory(occupation, asSmoking))).toContain(
      'us-core-smokingstatus Observation.effectivePeriod type',
    );
    expect(findingsOf(socialHistory(occupation, { ...PERIOD, subject: undefined }))).toEqual([
      'us-core-observation-occupation Observation.subject minimum',
    ]);
  });

  test('is a drug of the formulary if its code may be one, and has a finding if it cannot', async () => {
    const { profiles } = await loadChecks('plan~formulary');
    const drug = (system: string) =>
      ({
        resourceType: 'MedicationKnowledge',
        id: 'd',
        meta: { lastUpdated: '2026-01-01T00:00:00Z' },
        code: coded(system, '1000091'),
        status: 'active',
      }) as unknown as Resource;
    const rulesOf = (resource: Resource) =>
      profiles.validate(resource).flatMap(({ findings }) => findings.map(({ rule }) => rule));
    expect(rulesOf(drug('http://www.nlm.nih.gov/research/umls/rxnorm'))).toEqual([]);
    expect(rulesOf(drug('http://hl7.org/fhir/sid/ndc'))).not.toEqual([]);
  });
});
