/** Checks each rule that a profile adds to R4, with a resource that keeps it and one that breaks it. */
import { describe, expect, test } from '@jest/globals';
import { ProfileValidator } from '../../src/profile/validator.ts';
import type { Resource } from '../../src/resource.ts';
import {
  ABSTRACT_PROFILE,
  CATEGORY,
  EMPTY_PROFILE,
  good,
  loinc,
  NARROW_PROFILE,
  PACKAGE,
  PANEL_PROFILE,
  PERSON_PROFILE,
  RACE,
  STRICT_PROFILE,
} from './world.ts';

const profiles = new ProfileValidator(PACKAGE);
const findingsOf = (resource: object) =>
  profiles
    .validate(resource as ReturnType<typeof good>)
    // What R4 itself asks is tested beside this.
    .filter(({ profile }) => profile.startsWith('http://ig.example/'))
    .flatMap(({ findings }) =>
      findings.map(({ location, rule, expected }) => `${location} ${rule} ${expected}`),
    );

test('a resource that meets the profile has no findings', () => {
  expect(profiles.validate(good())).toEqual([{ profile: PANEL_PROFILE, findings: [] }]);
});

test('a resource has no result if nothing is expected of it, and it names no profile or one of no package', () => {
  expect(profiles.validate(good({ meta: undefined }))).toEqual([]);
  expect(profiles.validate(good({ meta: { profile: ['http://other.example/x'] } }))).toEqual([]);
});

test('a resource is checked as if it named what is expected of it, and is told what it may name', () => {
  const expecting = new ProfileValidator(PACKAGE, { of: () => [`${PANEL_PROFILE}|2.0.0`] });
  expect(expecting.judge(good())).toEqual({
    results: [{ profile: PANEL_PROFILE, findings: [] }],
    fitting: [`${PANEL_PROFILE}|2.0.0`],
  });
  expect(expecting.judge(good({ meta: { profile: [`${PANEL_PROFILE}|2.0.0`] } })).fitting).toEqual([]);
  const broken = good({ valueString: undefined, component: [] });
  expect(expecting.judge(broken)).toMatchObject({ results: [{ profile: PANEL_PROFILE }], fitting: [] });
});

describe('findings of an expected profile', () => {
  const expecting = new ProfileValidator(PACKAGE, { of: () => [PANEL_PROFILE] });
  const found = (profile: string[], more: object = {}) =>
    expecting
      .validate(good({ meta: { profile }, encounter: { reference: 'Encounter/e' }, ...more }) as Resource)
      .map((result) => result.profile);

  test.each([
    ['no package has', 'http://plan.example/x'],
    ['is R4’s own', 'http://hl7.org/fhir/StructureDefinition/Observation'],
    ['is for another type', PERSON_PROFILE],
    ['asks nothing', EMPTY_PROFILE],
  ])('are kept where the resource names a profile that %s', (_, profile) => {
    expect(found([profile])).toContain(PANEL_PROFILE);
  });

  test('are dropped where the resource names another profile that asks something of its type', () => {
    expect(found([STRICT_PROFILE])).toEqual([STRICT_PROFILE]);
  });
});

describe('a resource that is like none of the expected profiles', () => {
  const other = good({ meta: undefined, code: loinc('1-8') }) as Resource;
  const resultsOf = (of: string[], isForAll?: boolean) =>
    new ProfileValidator(PACKAGE, { of: () => of, ...(isForAll && { isForAll }) }).validate(other);

  test('may be none of them', () => {
    expect(resultsOf([PANEL_PROFILE])).toEqual([]);
  });

  test('is held against the nearest where each has to be one of them', () => {
    const nearest = [{ profile: PANEL_PROFILE, findings: [expect.objectContaining({ rule: 'pattern' })] }];
    expect(resultsOf([PANEL_PROFILE], true)).toEqual(nearest);
    expect(resultsOf([ABSTRACT_PROFILE, PANEL_PROFILE])).toEqual(nearest);
  });

  test('is held against the abstract profile where it is near to none', () => {
    const far = { resourceType: 'Observation', id: 'o', status: 'final', code: loinc('1-8') } as Resource;
    const expecting = new ProfileValidator(PACKAGE, { of: () => [ABSTRACT_PROFILE, NARROW_PROFILE] });
    const none = { location: 'Observation', rule: 'profile', expected: 'one of the profiles for this type' };
    const expected = { profile: ABSTRACT_PROFILE, findings: [none] };
    expect(expecting.judge(far)).toEqual({ results: [expected], fitting: [] });
    const naming = { ...far, meta: { profile: [ABSTRACT_PROFILE] } };
    expect(expecting.judge(naming)).toEqual({ results: [expected], fitting: [] });
  });
});

test('what cannot be checked is not guessed, and the profile says so', () => {
  expect(profiles.find(PANEL_PROFILE)?.unchecked).toEqual([
    {
      element: 'Observation.device',
      rule: 'target',
      expected: 'http://other.example/of-no-package',
      reason: 'no package has this profile',
    },
    {
      element: 'Observation.component:other.code',
      rule: 'binding',
      expected: 'http://ig.example/ValueSet/of-systems',
      reason: 'any code of http://unknown.example is accepted: no package lists them',
    },
    {
      element: 'Observation.note',
      rule: 'invariant',
      expected: 'ig-2',
      reason: 'not evaluated: conformsTo()',
    },
    {
      element: 'Observation.method',
      rule: 'binding',
      expected: 'http://ig.example/ValueSet/filtered',
      reason: `a filter on ${CATEGORY} is not applied`,
    },
  ]);
  const method = (coding: object) => findingsOf(good({ method: { coding: [coding] } }));
  expect(method({ system: CATEGORY, code: 'a' })).toEqual([]);
  expect(method({ code: 'anything' })).toEqual([
    'Observation.method binding http://ig.example/ValueSet/filtered',
  ]);
});

test('the target of a reference is of the type of a profile that is derived from one that no package has', () => {
  const based = PACKAGE.map((each) =>
    each.url === PERSON_PROFILE
      ? { ...each, baseDefinition: 'http://other.example/of-no-package|1.0.0' }
      : each,
  );
  const device = good({ device: { reference: 'Slot/1' } });
  const found = new ProfileValidator(based).validate(device as Resource);
  expect(found.flatMap(({ findings }) => findings.map(({ expected }) => expected))).toContain('Practitioner');
});

describe('broken', () => {
  const quantity = { value: 1, system: 'http://unitsofmeasure.org' };
  const systolic = { code: loinc('8480-6'), valueQuantity: quantity };
  const laboratory = { coding: [{ system: CATEGORY, code: 'laboratory' }] };
  const race = { url: RACE, valueCoding: { code: 'x' } };
  test.each<[string, object, string[]]>([
    [
      'a required element',
      { category: undefined },
      ['Observation.category minimum 1..*', 'Observation.category:lab minimum 1..1'],
    ],
    ['a required slice', { category: [{ text: 'x' }] }, ['Observation.category:lab minimum 1..1']],
    ['a slice twice', { category: [laboratory, laboratory] }, ['Observation.category:lab maximum 1..1']],
    [
      'a prohibited element',
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
      'an item outside the slices of a closed slicing',
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
      'a rule of the extension’s own profile',
      { extension: [{ url: RACE, valueString: 'x' }] },
      ['Observation.extension[0].valueString type Coding'],
    ],
    [
      'a rule about a choice that has an extension and no value',
      { extension: [{ url: RACE, _valueString: { extension: [{ url: 'urn:x', valueCode: 'unknown' }] } }] },
      ['Observation.extension[0].valueString type Coding'],
    ],
    [
      'the types that a reference may point at',
      {
        performer: [{ reference: 'Slot/1' }, { reference: 'https://plan.example/fhir/Patient/1/_history/2' }],
      },
      [
        'Observation.performer[0] target Practitioner|Organization',
        'Observation.performer[1] target Practitioner|Organization',
      ],
    ],
    [
      'a reference to a type that is asked for, to something contained, or by an identifier',
      {
        performer: [
          { reference: 'Practitioner/1' },
          { reference: 'urn:uuid:5d6e5bd6-1f0b-4d0e-8f47-5e1a7b1c2d3e' },
          { reference: '#in' },
          { type: 'Organization', identifier: { value: 'x' } },
          { identifier: { value: 'x' } },
        ],
      },
      [],
    ],
    [
      'the types of what a reference names inside the resource, or by its type',
      {
        contained: [{ resourceType: 'Location', id: 'in' }],
        performer: [{ reference: '#in' }, { type: 'Location', identifier: { value: 'x' } }],
      },
      [
        'Observation.performer[0] target Practitioner|Organization',
        'Observation.performer[1] target Practitioner|Organization',
      ],
    ],
    [
      'a reference where any type may stand, or a profile that no package has',
      { focus: [{ reference: 'Slot/1' }], device: { reference: 'Slot/1' } },
      [],
    ],
    [
      'an invariant',
      { note: [{ text: 'x' }, { text: 'y' }] },
      ['Observation.note[0] invariant ig-1', 'Observation.note[1] invariant ig-1'],
    ],
    ['an invariant at the root', { bodySite: { text: 'x' } }, ['Observation invariant ig-0']],
    ['the type that the profile is for', { resourceType: 'Condition' }, ['Condition profile Observation']],
  ])('%s', (_, change, expected) => {
    expect(findingsOf(good(change))).toEqual(expected);
  });

  test('findings never quote the resource, and there are at most twenty', () => {
    const component = Array.from({ length: 50 }, () => ({ code: { text: 'Amy Shaw' } }));
    const findings = findingsOf(good({ component, status: 'Amy Shaw' }));
    expect(findings).toHaveLength(20);
    expect(findings.join()).not.toContain('Amy');
  });
});
