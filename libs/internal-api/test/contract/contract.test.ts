import { describe, expect, test } from '@jest/globals';
import {
  bindingHeaders,
  gatewayAuthorization,
  isBoundTo,
  pathTo,
  relatedPath,
  relatedRound,
  SequenceQuery,
} from '../../src/index.ts';

const ANNA = { requestId: 'r-1', subject: { tenant: 'northwind', patient: 'anna' } };

describe('the contract of internal calls', () => {
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
