import { describe, expect, it } from '@jest/globals';
import { DATE_PREFIXES } from '../../src/search-values.ts';
import { BASE, refusal, search } from './world.ts';

const matches = (type: string, parameter: string) => search(type, parameter).clauses[0]?.matches;

describe('a token', () => {
  it.each([
    ['code=8867-4', { kind: 'token', code: '8867-4' }],
    ['code=http://loinc.org|8867-4', { kind: 'token', system: 'http://loinc.org', code: '8867-4' }],
    ['code=|8867-4', { kind: 'token', system: '', code: '8867-4' }],
    ['code=http://loinc.org|', { kind: 'token', system: 'http://loinc.org' }],
    ['code=a\\|b', { kind: 'token', code: 'a|b' }],
    ['code=a\\,b', { kind: 'token', code: 'a,b' }],
    ['code=a\\$b\\\\c', { kind: 'token', code: 'a$b\\c' }],
    ['code=s\\\\|c', { kind: 'token', system: 's\\', code: 'c' }],
    ['code=a|b|c', { kind: 'token', system: 'a', code: 'b|c' }],
    ['code=constructor', { kind: 'token', code: 'constructor' }],
  ])('%s', (parameter, match) => {
    expect(matches('Observation', parameter)).toEqual([match]);
  });

  it('has alternatives, joined by commas that are not escaped', () => {
    expect(matches('Observation', 'code=a,b\\,c,|d')).toEqual([
      { kind: 'token', code: 'a' },
      { kind: 'token', code: 'b,c' },
      { kind: 'token', system: '', code: 'd' },
    ]);
  });
});

describe('a date', () => {
  it.each(DATE_PREFIXES)('may start with %s', (prefix) => {
    const [match] = matches('Observation', `date=${prefix}2026-02`) ?? [];
    expect(match).toEqual({
      kind: 'date',
      prefix,
      low: '2026-02-01T00:00:00.000Z',
      high: '2026-03-01T00:00:00.000Z',
    });
  });

  it('without a prefix means eq', () => {
    expect(matches('Observation', 'date=2026')).toMatchObject([{ prefix: 'eq' }]);
  });
});

describe('a reference', () => {
  it.each([
    ['encounter=7', 'Encounter/7'],
    ['encounter=Encounter/7', 'Encounter/7'],
    ['encounter:Encounter=7', 'Encounter/7'],
    [`encounter=${BASE}/Encounter/7`, 'Encounter/7'],
    ['encounter=https://other.example/fhir/Encounter/7', 'https://other.example/fhir/Encounter/7'],
    [
      'encounter=urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
      'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    ],
  ])('%s', (parameter, value) => {
    expect(matches('Condition', parameter)).toEqual([{ kind: 'reference', value }]);
  });

  it('given by id alone means the first type that the parameter may point at', () => {
    expect(matches('ExplanationOfBenefit', 'provider=7')).toEqual([
      { kind: 'reference', value: 'Practitioner/7' },
    ]);
  });
});

describe('a string', () => {
  it.each([
    ['family=García', { kind: 'string', value: 'garcia', mode: 'starts' }],
    ['family=ÅNGSTRÖM', { kind: 'string', value: 'angstrom', mode: 'starts' }],
    ['family=ﬁ', { kind: 'string', value: 'fi', mode: 'starts' }],
    ['family:contains=o\\,b', { kind: 'string', value: 'o,b', mode: 'contains' }],
    ['family=100%_', { kind: 'string', value: '100%_', mode: 'starts' }],
  ])('%s', (parameter, match) => {
    expect(matches('Patient', parameter)).toEqual([match]);
  });
});

describe('nonsense', () => {
  it.each([
    ['Observation', 'code='],
    ['Observation', 'code=|'],
    ['Observation', 'code=a,'],
    ['Observation', 'code=,'],
    ['Observation', 'code=a,,b'],
    ['Observation', 'code=\\'],
    ['Observation', 'code=a\\'],
    ['Observation', 'code=a\u0000b'],
    ['Observation', 'code=a\nb'],
    ['Observation', 'date=eq'],
    ['Observation', 'date=ge2020-13-45'],
    ['Observation', 'date=1e999'],
    ['Observation', 'date=ge ge2020'],
    ['Observation', 'date=EQ2020'],
    ['Condition', 'encounter=Encounter/7/8'],
    ['Condition', 'encounter=/7'],
    ['Condition', 'encounter=Encounter/'],
    ['Condition', 'encounter=Encounter/..'],
    ['Condition', 'encounter=a b'],
    ['Patient', 'family=\u0301'],
    ['Patient', `family=${'a'.repeat(1_025)}`],
    ['Observation', `code=${Array.from({ length: 101 }, () => 'a').join(',')}`],
  ])('%s?%s is a 400 that names the parameter', (type, parameter) => {
    expect(refusal(type, parameter)).toBe(`400 invalid ${parameter.split('=')[0]}`);
  });

  it('is the prefix ap, which is legal FHIR and not offered', () => {
    expect(refusal('Observation', 'date=ap2020')).toBe('400 not-supported date');
  });
});
