import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { AccessEvent } from '../../src/access-event.ts';
import { quickCheck } from '../../src/quick-check.ts';

const WHOLE: z.infer<typeof AccessEvent> = {
  requestId: '019abcde-0000-7000-8000-000000000001',
  service: 'claims-service',
  tenant: 'north',
  recorded: '2026-11-25T10:00:00.000Z',
  kind: 'rest',
  action: 'read',
  outcome: '0',
  reason: 'not-found',
  method: 'totp',
  member: 'A',
  client: { id: 'app', name: 'Health Diary' },
  by: 'plan',
  user: { iss: 'https://plan.example', sub: 'login', fhirUser: 'Patient/A', name: 'a' },
  grantId: 'g',
  token: 'j',
  scope: 'patient/*.rs',
  released: ['urn:x|y', 'urn:x|z'],
  sensitive: ['genetics'],
  notGranted: ['fhirUser'],
  until: '2026-11-25T10:00:00Z',
  snapshotSha256: 'b'.repeat(64),
  address: '192.0.2.1',
  request: 'GET Claim/1',
  type: 'Claim',
  resource: { reference: 'Claim/1', version: '1' },
  resources: { Claim: '1 2/3' },
  counts: { Claim: 0 },
  count: 1,
  bodyHash: 'a'.repeat(64),
  trail: { upto: '1.2', members: 2, patients: ['A'] },
};

/** What JSON may hold in the place of anything, with the ends of every limit of the schema. */
const LENGTHS = [1, 32, 33, 64, 65, 128, 129, 256, 257, 512, 513, 4_096, 4_097, 8_192, 8_193];
const ODD: unknown[] = [
  ...[null, true, '', 0, 1, -1, 1.5, 1e300, 'x', '0', {}, [], [''], [1], { id: 'x' }, { id: 1 }, { x: 1 }],
  ...[
    '2026-02-30T10:00:00Z',
    '2026-11-25T10:00:00+01:00',
    'g'.repeat(64),
    '019abcde-0000-7000-8000-00000000000',
  ],
  ...LENGTHS.flatMap((length) => ['x'.repeat(length), Array(length).fill('x'), { ['x'.repeat(length)]: 1 }]),
  ...[
    { ['x'.repeat(65)]: 'x' },
    { Claim: 'x' },
    { iss: 'a', sub: 'b', more: 1 },
    JSON.parse('{"__proto__":1}'),
  ],
];

const isEvent = quickCheck(AccessEvent);

describe('the quick check of an event', () => {
  it('names every member of the schema in this test, and accepts each alone', () => {
    expect(Object.keys(WHOLE).sort()).toEqual(Object.keys(AccessEvent.shape).sort());
    expect(isEvent(WHOLE)).toBe(true);
    for (const name of Object.keys(WHOLE)) {
      const { [name as keyof typeof WHOLE]: _, ...less } = WHOLE;
      expect([name, isEvent(less)]).toEqual([name, AccessEvent.safeParse(less).success]);
    }
  });

  it('accepts nothing that the schema refuses or changes, and of plain values whatever it accepts', () => {
    // A step that is prime to the lengths of the lists leads through all of them, in another order for each.
    let turn = 0;
    const pick = <Item>(list: readonly Item[]): Item => list[(turn += 7_919) % list.length] as Item;
    const names = [...Object.keys(WHOLE), '__proto__', 'toString', 'more'];
    const accepted = { both: 0, neither: 0 };
    for (const name of names)
      for (const odd of ODD) {
        const text = JSON.stringify({ ...WHOLE, [pick(Object.keys(WHOLE))]: pick([undefined, pick(ODD)]) });
        for (const json of [`${text.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(odd)}}`, text]) {
          const value: unknown = JSON.parse(json);
          const { success, data } = AccessEvent.safeParse(value);
          const isSame = success && JSON.stringify(value).length === JSON.stringify(data).length;
          if (isEvent(value) !== isSame)
            throw new Error(`${isEvent(value)} ${success} ${json.slice(0, 2_000)}`);
          accepted[isSame ? 'both' : 'neither'] += 1;
        }
      }
    expect(accepted.both).toBeGreaterThan(200);
    expect(accepted.neither).toBeGreaterThan(1_000);
  });

  it.each([
    ['a refinement', z.string().refine(() => false)],
    ['a change of the value', z.string().trim()],
    ['a type', z.date()],
    ['fractions', z.number().int().multipleOf(2)],
    ['a refined object', z.strictObject({ a: z.string() }).refine(() => false)],
  ])('is not made from a schema with what it does not know: %s', (_what, schema) => {
    expect(() => quickCheck(schema)).toThrow('no quick check');
  });
});
