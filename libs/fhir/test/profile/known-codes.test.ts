/** What follows from codes of which somebody says that they do not exist. */
import { expect, test } from '@jest/globals';
import { ProfileValidator } from '../../src/profile/validator.ts';
import { good, PACKAGE, PANEL_PROFILE } from './world.ts';

const TABLE = 'urn:table';
const NAMED = `${PANEL_PROFILE}|2.0.0`;
const missing = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ coding: [{ system: TABLE, code: `x${at}` }] }));

const none = new ProfileValidator(
  PACKAGE,
  { of: () => [NAMED] },
  { hasTable: () => true, exists: (system) => (system === TABLE ? false : undefined) },
);

test('however many codes do not exist, they alone do not keep a resource from naming a profile', () => {
  const { results, fitting } = none.judge(good({ interpretation: missing(25) }));
  expect(results[0]?.findings).toHaveLength(20);
  expect(fitting).toEqual([NAMED]);
});

test('what breaks a rule of R4 behind many codes that do not exist is found, and counts', () => {
  const broken = { referenceRange: [{ appliesTo: [{ text: 'x' }] }] };
  const { results, fitting } = none.judge(good({ interpretation: missing(25), ...broken }));
  expect(results[0]?.findings).toHaveLength(20);
  expect(results[0]?.findings).toContainEqual({
    location: 'Observation.referenceRange[0]',
    rule: 'invariant',
    expected: 'obs-3',
  });
  expect(fitting).toEqual([]);
});

test('the dates of a resource are looked for once, however many codes do not exist', () => {
  const asking = new ProfileValidator(
    PACKAGE,
    { of: () => [NAMED] },
    { hasTable: () => true, exists: (_system, _code, dates) => dates().first !== '2026-01-01' },
  );
  const reads = (count: number) => {
    let read = 0;
    const resource = Object.defineProperty(good({ interpretation: missing(count) }), 'effectiveDateTime', {
      enumerable: true,
      get: () => {
        read += 1;
        return '2026-01-01';
      },
    });
    expect(asking.validate(resource)[0]?.findings.length).toBeGreaterThan(count);
    return read;
  };
  expect(reads(8)).toBe(reads(1));
});
