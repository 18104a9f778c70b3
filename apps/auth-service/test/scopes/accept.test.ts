import { describe, expect, it } from '@jest/globals';
import { MAX_SCOPE_CHARACTERS } from '@patient-access/events';
import { scopesSupported } from '../../src/provider/discovery/smart-configuration.ts';
import {
  acceptScope,
  needsMember,
  spellOut,
  formatScopes,
  grantableScopes,
  ScopeError,
} from '../../src/domain/scopes/scopes.ts';
import { GRANULAR } from './us-core.ts';

/** @returns the error for these scopes */
function refusal(scope: string): ScopeError {
  try {
    acceptScope(scope);
  } catch (error) {
    expect(error).toBeInstanceOf(ScopeError);
    return error as ScopeError;
  }
  throw new Error(`accepted: ${scope}`);
}

describe('accepted scopes', () => {
  it.each([
    ['patient/*.read', 'patient/*.read'],
    ['patient/*.*', 'patient/*.read'],
    ['patient/Coverage.read patient/Coverage.write', 'patient/Coverage.read'],
    ['user/Practitioner.read system/Patient.rs patient/Goal.write', 'user/Practitioner.read'],
  ])('SMART 58: S01: have the form of v1: %s becomes %s', (asked, accepted) => {
    expect(acceptScope(asked)).toBe(accepted);
  });

  it.each([
    ['patient/Observation.cruds', 'patient/Observation.rs'],
    ['patient/Observation.rs?category=a.*', 'patient/Observation.rs?category=a.*'],
    ['patient/Observation.cr', 'patient/Observation.r'],
    ['patient/Binary.rs', 'patient/Binary.r'],
    ['patient/*.rs patient/Observation.r', 'patient/*.rs patient/Observation.r'],
  ])('SMART 57: have read permissions only: %s becomes %s', (asked, accepted) => {
    expect(acceptScope(asked)).toBe(accepted);
  });

  it.each([
    ['patient/Observation.r patient/Observation.s', 'patient/Observation.rs'],
    [
      'patient/Observation.s?status=final patient/Observation.r?status=final',
      'patient/Observation.rs?status=final',
    ],
    ['openid patient/Coverage.rs patient/Coverage.rs', 'openid patient/Coverage.rs'],
  ])('SMART 59: have the shortest form: %s becomes %s', (asked, accepted) => {
    expect(acceptScope(asked)).toBe(accepted);
  });

  it.each([
    ['openid cheese launch/encounter patient/Coverage.rs', 'openid patient/Coverage.rs'],
    ['patient/Nothing.rs patient/Nothing.rs?x=y patient/Coverage.rs', 'patient/Coverage.rs'],
    ['patient/VerificationResult.rs patient/Coverage.rs', 'patient/Coverage.rs'],
    ['Patient/Coverage.rs patients/Coverage.rs patient/Coverage.rs', 'patient/Coverage.rs'],
  ])('SMART 35, 64: contain only supported scopes: %s becomes %s', (asked, accepted) => {
    expect(acceptScope(asked)).toBe(accepted);
  });

  it('SMART 55: do not include scopes of other vendors, named by a URI or with two underscores', () => {
    expect(acceptScope('__own https://example.org/scopes/patient/*.rs patient/Coverage.rs')).toBe(
      'patient/Coverage.rs',
    );
    expect(refusal('__own').message).toMatch(/none of the requested/);
  });

  it('SMART 69: include scopes written as URIs', () => {
    const smart = 'http://smarthealthit.org/fhir/scopes/';
    const openid = 'http://openid.net/specs/openid-connect-core-1_0#';
    expect(
      acceptScope(
        `${openid}openid ${smart}fhirUser ${smart}launch/patient ${openid}offline_access ${smart}patient/*.read`,
      ),
    ).toBe('openid fhirUser launch/patient offline_access patient/*.read');
    expect(refusal(`openid ${smart}patient/*.sr`).scope).toBe('patient/*.sr');
  });

  it('SMART 74: include one scope for refresh tokens, if the client may have them', () => {
    expect(acceptScope('online_access openid offline_access')).toBe('openid offline_access');
    expect(acceptScope('online_access openid')).toBe('online_access openid');
    expect(acceptScope('online_access openid offline_access', false)).toBe('openid');
  });

  it.each(['', 'cheese', 'patient/Coverage.cud', 'patient/Nothing.rs', 'system/*.rs', 'patient/Binary.s'])(
    'are refused with invalid_scope for "%s"',
    (scope) => {
      expect(refusal(scope).message).toMatch(/none of the requested/);
    },
  );

  it.each([
    '.sr',
    '.rrs',
    '.x',
    '.',
    '.rs?',
    '.rs?a',
    '.rs?=b',
    '.RS',
    '.read?status=final',
    '.rs?status=',
    '.rs?status:not=final',
    '.rs?performer.name=x',
    '.rs?_filter',
    '.rs?status=%zz',
  ])('SMART 56: S03: do not include the malformed patient/Observation%s, and the error says so', (suffix) => {
    const text = `patient/Observation${suffix}`;
    expect(refusal(`openid patient/*.rs ${text}`).scope).toBe(text);
  });

  it.each([
    'patient/',
    'patient/.rs',
    'patient/Observation',
    'patient/observation.rs',
    'user/**.rs',
    'system/x',
  ])('S03: do not include the malformed %s, and the error says so', (text) => {
    expect(refusal(`openid ${text}`).scope).toBe(text);
  });

  it('SMART 68: have at most 512 characters each, and a longer one is told so and not that it is malformed', () => {
    const of = (codes: number) =>
      `patient/Observation.rs?code=${Array.from({ length: codes }, (_, at) => `http://loinc.org|${1000 + at}`).join(',')}`;
    expect(refusal(of(30)).message).toMatch(/^one scope has at most 512 characters/);
    expect(acceptScope(of(20))).toBe(of(20));
  });

  it('are accepted unchanged a second time', () => {
    const once = acceptScope('openid patient/*.cruds user/Coverage.* patient/Goal.rs?lifecycle-status=b|c');
    expect(acceptScope(once)).toBe(once);
  });

  it('SMART 46, 47: say whether a member is needed, with and without launch/patient', () => {
    expect(needsMember('openid fhirUser')).toBe(false);
    expect(needsMember('openid launch/patient')).toBe(true);
    expect(needsMember('patient/Coverage.rs')).toBe(true);
    expect(needsMember('user/Coverage.read')).toBe(true);
  });

  it('SMART 68: fit into the token and the event, whatever the member unchecks', () => {
    const both = grantableScopes('patient/*.read user/*.read');
    expect(
      formatScopes(
        [],
        spellOut(both, () => true),
      ).length,
    ).toBeLessThan(MAX_SCOPE_CHARACTERS);
    const many = Array.from({ length: 1_000 }, (_, index) => `patient/Observation.rs?code=${index}`);
    for (const scope of [
      many.join(' '),
      many.slice(0, 50).join(' ').replaceAll('Observation', '*').replaceAll('code', '_id'),
    ])
      expect(refusal(scope).message).toMatch(/too many/);
  });
});

describe('granular scopes', () => {
  it('SMART 61: of US Core 6.1.0 are accepted unchanged', () => {
    expect(acceptScope(GRANULAR.join(' '))).toBe(GRANULAR.join(' '));
    const encoded = GRANULAR.map((scope) => scope.replace('|', '%7C'));
    expect(acceptScope(encoded.join(' '))).toBe(encoded.join(' '));
  });

  it.each([
    'patient/Observation.rs?_id=a,b',
    'patient/Observation.rs?_lastUpdated=ge2026-01-01',
    'patient/Observation.rs?patient=maria&status=final,amended&code=http://loinc.org|8867-4',
    'patient/Coverage.rs?payor=Organization/1&status=active',
    'patient/Patient.rs?name=Mar%C3%ADa',
    'patient/*.rs?_lastUpdated=ge2026',
    'user/*.rs?category=laboratory',
    'patient/AuditEvent.rs?date=ge2026',
  ])('SMART 60: are accepted: %s', (text) => {
    expect(acceptScope(text)).toBe(text);
  });

  it.each([
    ['patient/Observation.rs?onset-date=2020', 'onset-date'],
    ['patient/Observation.rs?constructor=x', 'constructor'],
    ['patient/Observation.rs?category=lab&colour=red', 'colour'],
    ['patient/Observation.rs?date=yesterday', 'date'],
    ['patient/Observation.rs?date=ap2026', 'date'],
    ['patient/Observation.rs?category=|', 'category'],
    ['patient/Observation.rs?category=a,,b', 'category'],
    ['patient/Observation.rs?code=%00', 'code'],
    ['patient/Observation.rs?_count=1', '_count'],
    ['patient/Observation.rs?_sort=_lastUpdated', '_sort'],
    ['patient/Observation.rs?_summary=count', '_summary'],
    ['patient/Observation.rs?_format=json', '_format'],
    ['patient/Observation.rs?_include=x', '_include'],
    ['patient/Observation.rs?_cursor=x', '_cursor'],
    ['patient/Patient.rs?patient=maria', 'patient'],
    ['patient/Practitioner.rs?patient=maria', 'patient'],
    ['patient/*.rs?colour=red', 'search parameters'],
    ['patient/*.rs?_count=1', 'search parameters'],
    ['patient/*.rs?subtype=x', 'search parameters'],
  ])('SMART 60: are refused with invalid_scope, which names the scope: %s because of %s', (text, named) => {
    const error = refusal(`openid patient/Coverage.rs ${text}`);
    expect(error.scope).toBe(text);
    expect(error.message).toContain(named);
    expect(error.message).not.toMatch(/\.$/);
  });
});

describe('scopes_supported', () => {
  it('SMART 12: lists scopes that are granted in exactly this form', () => {
    // `system/` scopes are for backend services, which have no consent page.
    const ofMembers = scopesSupported().filter((scope) => !scope.startsWith('system/'));
    for (const scope of ofMembers) expect(acceptScope(scope)).toBe(scope);
    expect(new Set(scopesSupported()).size).toBe(scopesSupported().length);
  });

  it('SMART 12, 61: has the granular scopes that US Core requires, of the types that the plan offers', () => {
    const ofUser = GRANULAR.map((scope) => scope.replace('patient/', 'user/'));
    const granular = (types?: string[]) => scopesSupported(types).filter((scope) => scope.includes('?'));
    expect(granular().sort()).toEqual([...GRANULAR, ...ofUser].sort());
    expect(granular(['Condition', 'Patient'])).toHaveLength(6);
    expect(granular(['Patient'])).toEqual([]);
  });

  it('SMART 25: has the list of CARIN Blue Button', () => {
    const types = ['ExplanationOfBenefit', 'Coverage', 'Patient', 'Organization', 'Practitioner'];
    const resources = ['patient', 'user'].flatMap((context) =>
      types.map((type) => `${context}/${type}.read`),
    );
    expect(scopesSupported()).toEqual(
      expect.arrayContaining(['openid', 'fhirUser', 'launch/patient', ...resources]),
    );
  });
});
