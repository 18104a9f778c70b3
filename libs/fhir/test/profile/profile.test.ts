/** What a profile asks beyond R4: each rule kept, and broken. */
import { describe, expect, test } from '@jest/globals';
import { ProfileValidator } from '../../src/profile/validator.ts';
import { CATEGORY, good, loinc, PACKAGE, PANEL_PROFILE, RACE } from './world.ts';

const profiles = new ProfileValidator(PACKAGE);
const findingsOf = (resource: object) =>
  profiles
    .validate(resource as ReturnType<typeof good>)
    .flatMap(({ findings }) =>
      findings.map(({ location, rule, expected }) => `${location} ${rule} ${expected}`),
    );

test('one that keeps all of it', () => {
  expect(profiles.validate(good())).toEqual([{ profile: PANEL_PROFILE, findings: [] }]);
});

test('one that names no profile, or one of no package, is not checked', () => {
  expect(profiles.validate(good({ meta: undefined }))).toEqual([]);
  expect(profiles.validate(good({ meta: { profile: ['http://other.example/x'] } }))).toEqual([]);
});

test('a value set that is made by a filter is not checked, and that is told', () => {
  expect(profiles.find(PANEL_PROFILE)?.unchecked).toEqual(['http://ig.example/ValueSet/filtered']);
  expect(findingsOf(good({ method: { coding: [{ code: 'anything' }] } }))).toEqual([]);
});

describe('broken', () => {
  const quantity = { value: 1, system: 'http://unitsofmeasure.org' };
  const systolic = { code: loinc('8480-6'), valueQuantity: quantity };
  const laboratory = { coding: [{ system: CATEGORY, code: 'laboratory' }] };
  const race = { url: RACE, valueCoding: { code: 'x' } };
  test.each<[string, object, string[]]>([
    [
      'what has to be there',
      { category: undefined },
      ['Observation.category minimum 1..*', 'Observation.category:lab minimum 1..1'],
    ],
    [
      'a slice that has to be there',
      { category: [{ text: 'x' }] },
      ['Observation.category:lab minimum 1..1'],
    ],
    ['a slice twice', { category: [laboratory, laboratory] }, ['Observation.category:lab maximum 1..1']],
    [
      'what may not be there',
      { encounter: { reference: 'Encounter/e' } },
      ['Observation.encounter maximum 0..0'],
    ],
    ['a pattern', { code: loinc('1-8') }, [`Observation.code pattern ${JSON.stringify(loinc('85354-9'))}`]],
    [
      'a required binding',
      { status: 'preliminary' },
      ['Observation.status binding http://ig.example/ValueSet/status|1.0'],
    ],
    ['one of the codes below another', { status: 'amended' }, []],
    [
      'the type of a choice',
      { valueString: undefined, valueBoolean: true },
      ['Observation.valueBoolean type Quantity|String'],
    ],
    [
      'a fixed value in a slice of a slice',
      { component: [{ ...systolic, valueQuantity: { value: 1, system: 'urn:x' } }] },
      ['Observation.component[0].valueQuantity.system fixed "http://unitsofmeasure.org"'],
    ],
    [
      'what belongs to no slice, where all has to',
      { component: [systolic, { code: loinc('1-8') }] },
      ['Observation.component[1] slice closed'],
    ],
    [
      'a slice by its value set',
      { component: [systolic, { code: { coding: [{ system: 'http://unknown.example', code: 'any' }] } }] },
      [],
    ],
    ['an extension twice', { extension: [race, race] }, ['Observation.extension:race maximum 0..1']],
    [
      'what the extension’s own profile asks',
      { extension: [{ url: RACE, valueString: 'x' }] },
      ['Observation.extension[0].valueString type Coding'],
    ],
    ['the type that the profile is for', { resourceType: 'Condition' }, ['Condition profile Observation']],
  ])('%s', (_, change, expected) => {
    expect(findingsOf(good(change))).toEqual(expected);
  });

  test('findings never tell what is in the resource, and are at most twenty', () => {
    const component = Array.from({ length: 50 }, () => ({ code: { text: 'Amy Shaw' } }));
    const findings = findingsOf(good({ component, status: 'Amy Shaw' }));
    expect(findings).toHaveLength(20);
    expect(findings.join()).not.toContain('Amy');
  });
});
