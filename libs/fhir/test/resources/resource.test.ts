import { describe, expect, it } from '@jest/globals';
import { isId, parseReference, parseResource } from '../../src/resource.ts';
import { seeded } from '../random.ts';

describe('an id', () => {
  it.each(['1', 'a-b.c', '...', 'A'.repeat(64), '.a'])('may be %s', (id) => expect(isId(id)).toBe(true));
  it.each(['', '.', '..', 'a/b', 'a b', 'ä', 'a_b', 'a\n', '%2e', 'A'.repeat(65)])('may not be %j', (id) =>
    expect(isId(id)).toBe(false),
  );
});

describe('a reference', () => {
  it.each([
    ['Patient/1', { type: 'Patient', id: '1' }],
    ['Coverage/7/_history/2', { type: 'Coverage', id: '7', version: '2' }],
  ])('%s', (text, target) => expect(parseReference(text)).toEqual(target));

  it.each([
    undefined,
    null,
    7,
    '',
    '#contained',
    'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    'https://other.example/Patient/1',
    '/Patient/1',
    'Patient/1/',
    'Patient/1/_history/',
    'Patient/1/Observation/2',
    'Patient/..',
    'patient/1',
    'Patient?identifier=1',
    'Patient/1#x',
    ' Patient/1',
  ])('is not parsed from %j', (text) => expect(parseReference(text)).toBeUndefined());
});

describe('decimals', () => {
  const again = (text: string) => JSON.stringify(parseResource(text));

  it.each([
    '1.50',
    '100.00',
    '0.0',
    '-0',
    '-0.0',
    '1e3',
    '1E+10',
    '0.0000001',
    '123456789012345678901234567890',
  ])('keep the text %s', (number) => {
    for (const text of [`{"v":${number}}`, `{"v":[${number},${number}]}`, `{"v":${number},"w":1}`])
      expect(again(text)).toBe(text);
  });

  it('keep their text, whatever digits they have', () => {
    const random = seeded(7);
    const digits = (count: number) => Array.from({ length: count }, () => random.below(10)).join('');
    for (let round = 0; round < 20_000; round += 1) {
      const whole = random.below(2) ? '0' : String(1 + random.below(9)) + digits(random.below(18));
      const fraction = random.below(2) ? `.${digits(1 + random.below(18))}` : '';
      const exponent =
        random.below(8) === 0
          ? `${random.pick(['e', 'E'])}${random.pick(['', '+', '-'])}${random.below(9)}`
          : '';
      const text = `{"v":${random.pick(['', '-'])}${whole}${fraction}${exponent}}`;
      expect(again(text)).toBe(text);
    }
  });

  it('in texts are not changed', () => {
    const text = '{"oid":"2.16.840.1.113883.4.642.40","v":"1.50","w":"1e3","x":[true,null]}';
    expect(again(text)).toBe(text);
  });

  it.each(['', '{', '{"v":01}', '{"v":1.}', '{"v":.5}', '{"v":NaN}'])(
    'are not parsed from %j, which is not JSON',
    (text) => {
      expect(() => parseResource(text)).toThrow(SyntaxError);
    },
  );
});
