import { performance } from 'node:perf_hooks';
import { describe, expect, it } from '@jest/globals';
import {
  formatScope,
  type ResourceScope,
  parseResourceScope,
  resourceScopes,
  splitScope,
} from '../../src/scope.ts';

const LETTERS = ['c', 'r', 'u', 'd', 's'];

/** All words over the letters, up to a length. */
function words(length: number): string[] {
  if (length === 0) return [''];
  const shorter = words(length - 1);
  return ['', ...LETTERS.flatMap((letter) => shorter.map((word) => letter + word))];
}

/** The rule in another form: some letters, each at most once, in the order of cruds. */
function allowed(word: string): boolean {
  const positions = [...word].map((letter) => LETTERS.indexOf(letter));
  return word !== '' && positions.every((position, index) => position > (positions[index - 1] ?? -1));
}

const permissions = (text: string) => [...(parseResourceScope(text)?.permissions ?? [])].join('');

describe('a scope', () => {
  it('SMART 56: S03: takes exactly the subsets of cruds in the right order', () => {
    const all = [...new Set(words(6))];
    expect(all.length).toBeGreaterThan(19_000);
    const accepted = all.filter((word) => parseResourceScope(`patient/Coverage.${word}`) !== undefined);
    expect(accepted.sort()).toEqual(all.filter(allowed).sort());
    expect(accepted).toHaveLength(31);
    for (const word of accepted) expect(permissions(`patient/Coverage.${word}`)).toBe(word);
  });

  it.each([
    ['patient/*.read', 'rs'],
    ['patient/Coverage.write', 'cud'],
    ['patient/*.*', 'cruds'],
  ])('SMART 58: S01: of version 1 means a set of letters: %s', (text, letters) => {
    expect(permissions(text)).toBe(letters);
  });

  it.each([
    'patient/*.read',
    'user/Coverage.write',
    'patient/*.*',
    'system/Patient.cruds',
    'patient/Coverage.s',
    'patient/Observation.rs?category=http://example.org|lab&code=a%2Cb',
  ])('is formatted as it was parsed: %s', (text) => {
    const scope = parseResourceScope(text);
    expect(scope && formatScope(scope)).toBe(text);
  });

  it.each([
    ['patient/Coverage.*', 'rs', 'patient/Coverage.read'],
    ['patient/Coverage.*', 'r', 'patient/Coverage.read'],
    ['patient/Coverage.*', 'ud', 'patient/Coverage.write'],
    ['patient/Coverage.cruds', 'rs', 'patient/Coverage.rs'],
  ])('such as %s with the remaining letters %s becomes %s', (text, letters, rest) => {
    const scope = parseResourceScope(text) as ResourceScope;
    const permissions = new Set([...letters]) as ResourceScope['permissions'];
    expect(formatScope({ ...scope, permissions })).toBe(rest);
  });

  it.each(['patient', 'user', 'system'] as const)('has the context %s', (context) => {
    expect(parseResourceScope(`${context}/Coverage.rs`)).toMatchObject({
      context,
      type: 'Coverage',
      filters: [],
    });
    expect(parseResourceScope(`${context}/*.r`)).toMatchObject({ context, type: '*' });
  });

  it('may be narrowed by parameters, which are decoded', () => {
    const scope = parseResourceScope(
      'patient/Observation.rs?category=http%3A%2F%2Fexample.org%7Claboratory&_lastUpdated=ge2026&clinical-status=a',
    );
    expect(scope?.filters).toEqual([
      ['category', 'http://example.org|laboratory'],
      ['_lastUpdated', 'ge2026'],
      ['clinical-status', 'a'],
    ]);
  });

  it.each([
    '',
    'openid',
    'launch/patient',
    'patient/Coverage',
    'patient/Coverage.',
    'patient/.rs',
    'patient/Coverage.sr',
    'patient/Coverage.rrs',
    'patient/Coverage.x',
    'patient/Coverage.READ',
    'patient/coverage.rs',
    'patient/C.rs',
    'patient/Cover age.rs',
    'patient/Coverage.rs ',
    ' patient/Coverage.rs',
    'patient/Coverage.rs\n',
    'patient/Coverage.rs?',
    'patient/Coverage.rs?status',
    'patient/Coverage.rs?=active',
    'patient/Coverage.rs?status=',
    'patient/Coverage.rs?status=active&',
    'patient/Coverage.rs?status=%',
    'patient/Coverage.rs?status=%ff',
    'patient/Coverage.rs?status:not=active',
    'patient/Coverage.rs?payor.name=x',
    'patient/Coverage.rs?1=2',
    'patient/**.rs',
    'patient/*Coverage.rs',
    'patient/Coverage/1.rs',
    'patient//Coverage.rs',
    'Patient/Coverage.rs',
    'encounter/Coverage.rs',
    'patient/Coverage.read?status=active',
    'patient/Coverage.*?status=active',
    'patient/Coverage.rs?status="active"',
    'patient/Coverage.rs?status=a\\,b',
    'patient/Coverage.rs?status=é',
    'patient/Coverage.rs?status=a\tb',
    'patient/Coverage.rs?%73tatus=active',
    'patient/Coverage.constructor',
    'patient/Coverage.__proto__',
    `patient/${'A'.repeat(65)}.rs`,
    `patient/Coverage.rs?status=${'a'.repeat(512)}`,
  ])('is not parsed from %j', (text) => {
    expect(parseResourceScope(text)).toBeUndefined();
  });

  it('of 64 KiB is refused as quickly as a short one', () => {
    for (const piece of ['a', 'patient/', 'A', '%', '&a=b', 'rs', '?', '=']) {
      const text = `patient/Coverage.rs?${piece.repeat(65_536 / piece.length)}`;
      const start = performance.now();
      expect(parseResourceScope(text)).toBeUndefined();
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });
});

describe('a list of scopes', () => {
  it('is split at spaces into its distinct scopes, in order', () => {
    expect(splitScope(' openid  patient/*.rs openid')).toEqual(['openid', 'patient/*.rs']);
    expect(splitScope(undefined)).toEqual([]);
    expect(splitScope('a\tb')).toEqual(['a\tb']);
  });

  it('SMART 69: has the short form, even if scopes are written as URIs', () => {
    const written =
      'http://openid.net/specs/openid-connect-core-1_0#openid http://smarthealthit.org/fhir/scopes/patient/*.read ' +
      'http://smarthealthit.org/fhir/scopes/launch/patient patient/*.read http://example.org/patient/*.rs';
    expect(splitScope(written)).toEqual([
      'openid',
      'patient/*.read',
      'launch/patient',
      'http://example.org/patient/*.rs',
    ]);
    expect(resourceScopes(written)).toHaveLength(1);
  });

  it('contains the resource scopes, and other scopes are left out', () => {
    const found = resourceScopes(
      'openid launch/patient patient/Coverage.r patient/Coverage.sr offline_access',
    );
    expect(found.map(({ type }) => type)).toEqual(['Coverage']);
  });
});
