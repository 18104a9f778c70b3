/** Tests each rule of the check against R4: what it accepts, and which error it reports at which location. */
import { describe, expect, test } from '@jest/globals';
import { parseResource, type Resource } from '../../src/resource.ts';
import { structureErrors } from '../../src/structure/structure.ts';

const patient = (more: object) => ({ resourceType: 'Patient', id: 'p', ...more });
const observation = (more: object) => ({
  resourceType: 'Observation',
  id: 'o',
  status: 'final',
  code: { text: 'x' },
  ...more,
});

const faultsOf = (value: object) =>
  structureErrors(parseResource(JSON.stringify(value)) as Resource).map(
    ({ location, reason }) => `${location}: ${reason}`,
  );

describe('sound', () => {
  test.each<[string, object]>([
    ['the smallest resource', patient({})],
    ['a choice', patient({ deceasedBoolean: false })],
    [
      'a primitive with extensions only',
      patient({ _birthDate: { extension: [{ url: 'http://x', valueCode: 'unknown' }] } }),
    ],
    [
      'a required element with extensions only',
      { ...observation({}), status: undefined, _status: { id: 'a' } },
    ],
    [
      'a list with a gap that an extension fills',
      patient({ name: [{ given: ['A', null], _given: [null, { id: 'g' }] }] }),
    ],
    [
      'elements whose content another element defines',
      observation({
        component: [{ code: {}, referenceRange: [{ text: 'x' }] }].map((c) => ({
          ...c,
          code: { text: 'c' },
        })),
      }),
    ],
    ['a contained resource', patient({ contained: [{ resourceType: 'Organization', id: 'a', name: 'x' }] })],
    [
      'an Element with elements of its own',
      {
        resourceType: 'MedicationRequest',
        id: 'm',
        status: 'active',
        intent: 'order',
        subject: { reference: 'Patient/p' },
        medicationCodeableConcept: { text: 'x' },
        dosageInstruction: [
          {
            timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
            doseAndRate: [{ doseQuantity: { value: 1 } }],
          },
        ],
      },
    ],
    [
      'every type in an open choice',
      patient({
        extension: [
          { url: 'http://x', valueDosage: { text: 'x' } },
          { url: 'urn:x', valueUuid: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7' },
        ],
      }),
    ],
    [
      'a leap day and a leap second',
      observation({ effectivePeriod: { start: '2024-02-29', end: '2016-12-31T23:59:60Z' } }),
    ],
  ])('%s', (_, value) => {
    expect(faultsOf(value)).toEqual([]);
  });

  test('a decimal with the digits as written', () => {
    const text =
      '{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}';
    expect(structureErrors(parseResource(text) as Resource)).toEqual([]);
  });
});

describe('broken', () => {
  test.each<[string, object, string[]]>([
    ['an unknown type', { resourceType: 'Pateint', id: 'p' }, [': unknown resource type']],
    ['a type that is no resource', { resourceType: 'HumanName', id: 'p' }, [': unknown resource type']],
    ['an unknown element', patient({ birthdate: '2000-01-01' }), ['Patient.birthdate: unknown element']],
    [
      'an element that only its package has',
      patient({ meta: { project: 'x' } }),
      ['Patient.meta.project: unknown element'],
    ],
    [
      'an element of Object',
      JSON.parse('{"resourceType":"Patient","id":"p","__proto__":{"a":1},"constructor":1}') as object,
      ['Patient: unknown element', 'Patient.constructor: unknown element'],
    ],
    ['a text where a name should be', patient({ 'Amy Shaw 555-12': 1 }), ['Patient: unknown element']],
    [
      'a required element',
      { resourceType: 'Observation', id: 'o' },
      ['Observation.status: missing', 'Observation.code: missing'],
    ],
    [
      'a required element deep inside',
      observation({ component: [{ code: { text: 'x' } }, { valueInteger: 1 }] }),
      ['Observation.component[1].code: missing'],
    ],
    ['a list element without a list', patient({ name: { family: 'x' } }), ['Patient.name: has to be a list']],
    ['a list where there is one', patient({ gender: ['male'] }), ['Patient.gender: is a list']],
    [
      'a list of objects where there is one',
      observation({ code: [{ text: 'x' }] }),
      ['Observation.code: is a list'],
    ],
    ['an empty list', patient({ name: [] }), ['Patient.name: empty']],
    ['an empty object', patient({ name: [{}] }), ['Patient.name[0]: empty']],
    ['null', patient({ birthDate: null }), ['Patient.birthDate: null']],
    ['an empty text', patient({ name: [{ family: '' }] }), ['Patient.name[0].family: empty']],
    [
      'a text that is too long',
      patient({ name: [{ family: 'x'.repeat(1024 * 1024 + 1) }] }),
      ['Patient.name[0].family: more than 1048576 characters'],
    ],
    [
      'a time without a time zone',
      patient({ deceasedDateTime: '2020-01-31T10:00:00', meta: { lastUpdated: '2020-01-31T10:00:00.5' } }),
      [
        'Patient.deceasedDateTime: a time without a time zone',
        'Patient.meta.lastUpdated: a time without a time zone',
      ],
    ],
    [
      'a date that is none',
      patient({ birthDate: '2020-02-30', deceasedDateTime: '2020-02-30', meta: { lastUpdated: '2020' } }),
      [
        'Patient.birthDate: not a date',
        'Patient.deceasedDateTime: not a dateTime',
        'Patient.meta.lastUpdated: not an instant',
      ],
    ],
    [
      'null in a list without an extension there',
      patient({ name: [{ given: ['A', null] }] }),
      ['Patient.name[0].given[1]: null'],
    ],
    [
      'two elements of a choice',
      patient({ deceasedBoolean: true, deceasedDateTime: '2020' }),
      ['Patient: more than one deceased[x]'],
    ],
    [
      'a type that the choice does not have',
      patient({ deceasedString: 'x' }),
      ['Patient.deceasedString: unknown element'],
    ],
    [
      'extensions beside an element that is not a primitive',
      patient({ _name: [{ id: 'x' }] }),
      ['Patient._name: unknown element'],
    ],
    ['a text where an object should be', observation({ code: 'x' }), ['Observation.code: not an object']],
    [
      'a contained resource without a type',
      patient({ contained: [{ resourceType: 'Nothing' }] }),
      ['Patient.contained[0]: not a resource of R4'],
    ],
    [
      'a fault in a contained resource',
      patient({ contained: [{ resourceType: 'Observation', status: 'final' }] }),
      ['Patient.contained[0].code: missing'],
    ],
    [
      'a fault in an extension',
      patient({ extension: [{ url: 'a b' }] }),
      ['Patient.extension[0].url: not a uri'],
    ],
    ['a narrative without text', patient({ text: { status: 'generated' } }), ['Patient.text.div: missing']],
  ])('%s', (_, value, expected) => {
    expect(faultsOf(value)).toEqual(expected);
  });

  test('at most ten errors are reported', () => {
    const names = Array.from({ length: 30 }, () => ({ wrong: 1 }));
    expect(faultsOf(patient({ name: names }))).toHaveLength(10);
  });
});

describe('formats', () => {
  const long = 'x'.repeat(64);
  test.each<[string, unknown[], unknown[]]>([
    ['boolean', [true, false], ['true', 1, null, {}]],
    ['integer', [0, -1, 2147483647], [1.5, '1', 2147483648, 1e21]],
    ['positiveInt', [1], [0, -1]],
    ['unsignedInt', [0], [-1]],
    ['decimal', [1, 1.5, -2e-7], ['1.5', true]],
    [
      'date',
      ['2000', '2000-02', '2000-02-29'],
      ['2000-02-30', '1900-02-29', '2000-13', '00-01-01', '2000-1-1', '2000-01-01T00:00:00Z', '0000'],
    ],
    [
      'dateTime',
      ['2000', '2000-01-01T00:00:00Z', '2000-01-01T00:00:00.123+14:00'],
      [
        '2000-01-01T00:00:00',
        '2000-01-01T24:00:00Z',
        '2000-01T00:00:00Z',
        '2000-02-30T00:00:00Z',
        '2000-01-01 00:00:00Z',
      ],
    ],
    ['instant', ['2000-01-01T00:00:00Z'], ['2000-01-01', '2000-01-01T00:00Z']],
    ['time', ['23:59:59.9'], ['24:00:00', '1:00:00', '10:00']],
    ['code', ['a', 'a b'], ['', ' a', 'a ', 'a  b']],
    ['id', ['a', long], [`${long}x`, 'a/b', '']],
    ['uri', ['urn:x', 'relative/one'], ['', 'a b']],
    ['url', ['http://x'], ['http://x y']],
    ['canonical', ['http://x|1#a'], [' ']],
    ['oid', ['urn:oid:1.2.3'], ['1.2.3', 'urn:oid:3.1', 'urn:oid:1.02']],
    ['uuid', ['urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7'], ['53fefa32-fcbb-4ff8-8a92-55ee120877b7']],
    ['string', ['a', 'a\tb\r\n', '\ud83d\ude00'], ['', 'a\u0001', 1, 'x'.repeat(1024 * 1024 + 1)]],
    ['markdown', ['# a'], ['']],
    ['base64Binary', ['YQ==', 'YWJj\nYWJj'], ['', 'a*b', 'YQ===']],
  ])('%s', (type, good, bad) => {
    const name = `value${type.slice(0, 1).toUpperCase()}${type.slice(1)}`;
    const ofExtension = (value: unknown) =>
      faultsOf(patient({ extension: [{ url: 'http://x', [name]: value }] }));
    for (const value of good) expect([value, ofExtension(value)]).toEqual([value, []]);
    for (const value of bad)
      expect([value, ofExtension(value)]).toEqual([
        value,
        [
          expect.stringMatching(
            /^Patient\.extension\[0\]\.value\w+: (?:not an? |empty$|null$|a time without|more than)/,
          ),
        ],
      ]);
  });
});

describe('types that changed after R4 are checked in the form that R4 gives them', () => {
  const variable = { resourceType: 'EvidenceVariable', id: 'v', status: 'active' };
  const study = { resourceType: 'ResearchStudy', id: 's', status: 'active' };
  const bundle = { resourceType: 'Bundle', id: 'b', type: 'batch-response' };
  const device = { resourceType: 'DeviceDefinition', id: 'd' };
  test.each<[string, object, string[]]>([
    ['R4', { ...variable, characteristic: [{ definitionReference: { reference: 'Group/g' } }] }, []],
    ['later', variable, ['EvidenceVariable.characteristic: missing']],
    [
      'later',
      { ...variable, characteristic: [{ linkId: 'a', definitionCanonical: 'http://x' }] },
      ['EvidenceVariable.characteristic[0].linkId: unknown element'],
    ],
    ['R4', { ...study, enrollment: [{ reference: 'Group/g' }] }, []],
    ['later', { ...study, label: [{ value: 'x' }] }, ['ResearchStudy.label: unknown element']],
    ['R4', { ...device, quantity: { value: 1 }, parentDevice: { reference: 'DeviceDefinition/e' } }, []],
    ['later', { ...device, bodySite: { text: 'x' } }, ['DeviceDefinition.bodySite: unknown element']],
    [
      'R4',
      {
        ...bundle,
        entry: [{ response: { status: '201', outcome: { resourceType: 'Parameters', id: 'p' } } }],
      },
      [],
    ],
  ])('%s: %j', (_, value, expected) => {
    expect(faultsOf(value)).toEqual(expected);
  });
});

test('hostile text is checked in linear time', () => {
  const texts = [
    '1'.repeat(65_536),
    `urn:oid:1${'.1'.repeat(32_000)}x`,
    `${'A '.repeat(32_000)} `,
    `${'QUJD'.repeat(16_000)}=*`,
    `2000-01-01T00:00:00.${'0'.repeat(65_000)}x`,
  ];
  for (const text of texts) {
    const names = [
      'Code',
      'Date',
      'DateTime',
      'Instant',
      'Time',
      'Oid',
      'Uuid',
      'Base64Binary',
      'Uri',
      'Id',
      'String',
    ];
    const extension = names.map((name) => ({ url: 'http://x', [`value${name}`]: text }));
    const startedAt = performance.now();
    faultsOf(patient({ extension }));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  }
});
