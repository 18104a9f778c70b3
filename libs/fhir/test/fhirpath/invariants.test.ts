/** Evaluates invariants: each function and operator that they use, and what cannot be decided. */
import { describe, expect, test } from '@jest/globals';
import { around, compileInvariant } from '../../src/fhirpath/compile.ts';
import { UnsupportedExpression } from '../../src/fhirpath/syntax.ts';
import { R4_INVARIANTS } from '../../src/profile/r4-rules.ts';
import { parseResource } from '../../src/resource.ts';

const RESOURCE = {
  resourceType: 'Claim',
  id: 'c',
  contained: [{ resourceType: 'Organization', id: 'in', name: 'x' }],
  status: 'active',
  _use: { extension: [{ url: 'urn:x' }] },
  created: '2026-03-01',
  until: '2026-03',
  at: '2026-03-01T10:00:00+02:00',
  later: '2026-03-01T08:30:00Z',
  valueQuantity: { value: 3, system: 'urn:s' },
  provider: { reference: 'Organization/o' },
  insurer: { reference: '#in' },
  payee: { reference: 'urn:uuid:5d6e5bd6-1f0b-4d0e-8f47-5e1a7b1c2d3e' },
  item: [
    { sequence: 1, coding: [{ code: 'a' }], item: [{ sequence: 11 }] },
    { sequence: 2, coding: [{ code: 'b' }], amount: -5 },
  ],
  npi: '1234567893',
};
const memberOf = (url: string) => (url === 'urn:known' ? (value: unknown) => value === 'active' : undefined);
const isBroken = (expression: string) =>
  compileInvariant(expression, memberOf)(RESOURCE, RESOURCE.resourceType, around(RESOURCE, RESOURCE));

const KEPT = [
  "status = 'active' and item.exists()",
  'missing.exists() implies status.empty()',
  'item.all(sequence > 0) and item.sequence.isDistinct()',
  "item.where(coding.code = 'b').amount < 0",
  'item.count() = 2 and item.first().sequence = 1 and item.tail().sequence = 2',
  'repeat(item).sequence.count() = 3',
  "item.select(coding.code) contains 'b'",
  "'a' in item.coding.code and ('a' | 'z').subsetOf('z' | 'a')",
  'use.exists() and use.hasValue().not()',
  'value.ofType(Quantity).value = 3 and (value is Quantity) and (value as Period).empty()',
  'provider.resolve() is Organization and insurer.resolve().name.exists()',
  "status.memberOf('urn:known')",
  "created.startsWith('2026') and created.substring(0, 4).toInteger() = 2026 and created.length() = 10",
  "created.matches('^[0-9-]{10}$') and created.contains('03')",
  'at < later and created <= created',
  "'a' & 1 = 'a1' and 'a' + 'b' = 'ab' and 7 mod 4 = 3 and 7 div 4 = 1 and 6 / 3 = 2 and 2 * 3 - 1 = 5",
  'iif(status.exists(), true, false) xor false',
  'Claim.status.exists() and %resource.id = %context.id and %rootResource.id.exists()',
  'item.sequence.intersect(%context.item.sequence).count() = 2 and item.combine(item).count() = 4',
  "descendants().where(code = 'b').exists() and children().exists() and `status`.exists()",
  "created.toString().replaceMatches('-', '') = '20260301' and {}.empty()",
  'item[1].sequence = 2 and item[0].item[0].sequence = 11 and item[2].empty() and item[item.count() - 2].sequence = 1',
  "(item.sequence = 1).trace('x').not() and item.select(sequence > 0).allTrue() and contained.id != 'out'",
];
const BROKEN = [
  'item[0].sequence = 2',
  "status = 'draft'",
  'item.all(sequence > 1)',
  'missing.exists()',
  'status.exists() implies missing.exists()',
  'item.amount >= 0',
  'provider.resolve() is Practitioner',
  'item.coding.code.combine(item.coding.code).isDistinct()',
  "npi.matches('^[0-9]{9}$')",
  "status.memberOf('urn:known').not()",
];
/** What is neither true nor false breaks nothing. */
const UNDECIDED = [
  'payee.resolve() is Organization',
  "missing = 'x'",
  'created > until',
  "missing.matches('x')",
  'status > 1',
];

describe('an invariant is', () => {
  test.each(KEPT)('kept: %s', (expression) => expect(isBroken(expression)).toBe(false));
  test.each(BROKEN)('broken: %s', (expression) => expect(isBroken(expression)).toBe(true));
  test.each(UNDECIDED)('not decided: %s', (expression) => {
    expect([isBroken(expression), isBroken(`(${expression}).not()`)]).toEqual([false, false]);
  });
});

test('a number that a double cannot hold is compared as the number that it is', () => {
  const value = parseResource('{"resourceType":"Claim","id":"c","value":1.50}');
  const broken = compileInvariant('value = 1.5 and value.hasValue()', memberOf);
  expect(broken(value, undefined, around(value, value))).toBe(false);
});

test.each([
  "conformsTo('x')",
  "status.memberOf('urn:unknown')",
  '%unknown.exists()',
  'a ~ b',
  '(a',
  'a b',
  "a.'b'",
])('what this engine cannot do is refused when it is compiled: %s', (expression) => {
  expect(() => compileInvariant(expression, memberOf)).toThrow(UnsupportedExpression);
});

test('every invariant of R4 can be compiled', () => {
  const refused = R4_INVARIANTS.filter((line) => {
    const [, expression = ''] = /^\S+ \S+ (.*)$/s.exec(line) ?? [];
    try {
      compileInvariant(expression, memberOf);
      return false;
    } catch {
      return true;
    }
  });
  expect(R4_INVARIANTS.length).toBeGreaterThan(150);
  expect(refused).toEqual([]);
});
