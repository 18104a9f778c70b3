import { describe, expect, test } from '@jest/globals';
import * as contract from '../../src/index.ts';
import {
  bindingHeaders,
  DatabaseMark,
  gatewayAuthorization,
  HighestMark,
  isBoundTo,
  pathTo,
  relatedPath,
  relatedRound,
  SequenceQuery,
} from '../../src/index.ts';
import { z } from 'zod';

const ANNA = { requestId: 'r-1', subject: { tenant: 'northwind', patient: 'anna' } };

const isSchema = (each: unknown) => typeof each === 'object' && each !== null && '_zod' in each;

/** @returns where a schema refuses a member that it does not know */
function strictPlaces(schema: unknown, place: string): string[] {
  if (schema === null || typeof schema !== 'object') return [];
  if (Array.isArray(schema)) return schema.flatMap((each, at) => strictPlaces(each, `${place}.${at}`));
  const { _zod: zod } = schema as { _zod?: { def: Record<string, unknown> } };
  const inner = Object.entries(zod ? zod.def : schema).filter(([key]) => key !== 'checks');
  const isStrict = zod !== undefined && isNever(zod.def.catchall);
  return [
    ...(isStrict ? [place] : []),
    ...inner.flatMap(([key, each]) => strictPlaces(each, `${place}.${key}`)),
  ];
}
const isNever = (schema: unknown) =>
  (schema as { _zod?: { def: { type: string } } } | undefined)?._zod?.def.type === 'never';

describe('the contract of internal calls', () => {
  test('what the release after this one adds to a question or an answer is passed over', () => {
    expect(strictPlaces(z.strictObject({ a: z.strictObject({}).optional() }), 'canary')).toEqual([
      'canary',
      'canary.shape.a.innerType',
    ]);
    const schemas = Object.entries(contract).filter(([, each]) => isSchema(each));
    expect(schemas.length).toBeGreaterThan(10);
    expect(schemas.flatMap(([name, each]) => strictPlaces(each, name))).toEqual([]);
    const [mark, answer] = [{ database: crypto.randomUUID(), mark: 1 }, { highest: 1 }];
    expect(DatabaseMark.parse({ ...mark, added: '1' })).toEqual(mark);
    expect(HighestMark.parse({ ...answer, added: 1 })).toEqual(answer);
  });

  test('a value is one segment of a path, whatever it contains', () => {
    expect(pathTo('/internal/:tenant/origins', { tenant: 'a/../b?c' })).toBe(
      '/internal/a%2F..%2Fb%3Fc/origins',
    );
  });

  test('D09: a response is bound to its request and to its member', () => {
    expect(isBoundTo(bindingHeaders(ANNA), ANNA)).toBe(true);
    const others = [
      { ...ANNA, requestId: 'r-2' },
      { ...ANNA, subject: { tenant: 'northwind', patient: 'ben' } },
      { ...ANNA, subject: { tenant: 'lakeside', patient: 'anna' } },
      { ...ANNA, subject: { tenant: 'northwind' } },
    ];
    for (const other of others) expect(isBoundTo(bindingHeaders(ANNA), other)).toBe(false);
    expect(isBoundTo({}, ANNA)).toBe(false);
  });

  test('the gateway’s secret is form-encoded before it becomes a Basic credential (RFC 6749 section 2.3.1)', () => {
    const [, encoded = ''] = gatewayAuthorization('a:b %').split(' ');
    expect(Buffer.from(encoded, 'base64').toString()).toBe('fhir-gateway:a%3Ab%20%25');
  });

  test('one side recognises the request about a page that the other side makes', () => {
    expect([1, 2, 3].map((round) => relatedRound(relatedPath(round)))).toEqual([1, 2, 3]);
    for (const path of ['$related/1', '$related/4', '$related/', 'x$related', '$relatedx'])
      expect(relatedRound(path)).toBeUndefined();
  });

  test('a range of sequence numbers has its ends in order and a limited length', () => {
    const range = (first: unknown, last: unknown) =>
      SequenceQuery.safeParse({ producer: 'a/b', first, last }).success;
    expect([range('1', '1'), range(1, 10_000), range(1, 10_001), range(2, 1), range(0, 1)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
