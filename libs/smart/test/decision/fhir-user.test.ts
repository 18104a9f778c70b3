import { describe, expect, it } from '@jest/globals';
import type { TokenClaims } from '../../src/claims.ts';
import { type AccessRequest, decide } from '../../src/decision.ts';
import { request, tokenFor } from './asked.ts';

describe('the resource that fhirUser names', () => {
  const BASE = 'https://plan.example/payer/patient-access/v2/north';
  const reads = (fhirUser: string | undefined, change: Partial<TokenClaims> = {}) =>
    tokenFor('openid fhirUser patient/Claim.rs', { fhirUser, ...change });
  const asked = (type: string, id: string, change: Partial<AccessRequest> = {}) =>
    request({ type, id, ...change });

  it('F62: is read without a scope for its type, within the member of the token', () => {
    for (const [claims, what] of [
      [reads('Patient/A'), asked('Patient', 'A')],
      [reads(`${BASE}/Patient/A`), asked('Patient', 'A')],
      [reads(`${BASE}/RelatedPerson/r`), asked('RelatedPerson', 'r')],
      [reads('Person/p'), asked('Person', 'p')],
      [reads('Patient/A', { patient: undefined }), asked('Patient', 'A')],
      [tokenFor('profile', { fhirUser: 'Patient/A' }), asked('Patient', 'A')],
    ] as const)
      expect(decide(claims, what)).toEqual({
        allowed: true,
        tenant: 'north',
        member: 'A',
        granularFilters: [[]],
        released: [],
      });
  });

  it('is read whole, also when a granular scope would hide it', () => {
    const claims = tokenFor('openid fhirUser patient/Patient.rs?birthdate=1900', { fhirUser: 'Patient/A' });
    expect(decide(claims, asked('Patient', 'A'))).toMatchObject({ granularFilters: [[]] });
  });

  it.each([
    ['another id', reads('RelatedPerson/r'), asked('RelatedPerson', 'other')],
    ['another type', reads('RelatedPerson/r'), asked('Person', 'r')],
    ['another base', reads('https://evil.example/Patient/A'), asked('Patient', 'A')],
    ['the own Patient of a person who acts for another', reads('Patient/B'), asked('Patient', 'B')],
    ['a type that is no person', reads('Claim/1', { scope: 'fhirUser' }), asked('Claim', '1')],
    ['a scope that was not granted', tokenFor('openid', { fhirUser: 'Patient/A' }), asked('Patient', 'A')],
    ['no fhirUser', reads(undefined), asked('Patient', 'A')],
    ['a search', reads('Patient/A'), request({ type: 'Patient', interaction: 'search-type' })],
    ['a version', reads('Patient/A'), asked('Patient', 'A', { interaction: 'vread' })],
    ['a history', reads('Patient/A'), asked('Patient', 'A', { interaction: 'history-instance' })],
    ['another tenant', reads('Patient/A'), asked('Patient', 'A', { tenant: 'south' })],
    ['a type that is not offered', reads('Patient/A', { types: ['Claim'] }), asked('Patient', 'A')],
    ['no member', reads('RelatedPerson/r', { patient: undefined }), asked('RelatedPerson', 'r')],
  ])('F62: opens nothing for %s', (_what, claims, what) => {
    expect(decide(claims, what).allowed).toBe(false);
  });
});
