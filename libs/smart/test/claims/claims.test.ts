import { describe, expect, it } from '@jest/globals';
import { TokenClaims } from '../../src/claims.ts';

const CLAIMS = {
  active: true,
  iss: 'https://plan.example/auth/north/oauth2/v1',
  aud: 'https://plan.example/payer/patient-access/v2/north',
  tenant: 'north',
  client_id: 'app',
  sub: 'login',
  scope: '',
  exp: 2_000_000_000,
  iat: 1_900_000_000,
  jti: 'j',
  grant_id: 'g',
};

describe('token claims', () => {
  it('are parsed with or without a member', () => {
    expect(TokenClaims.parse({ ...CLAIMS, extra: 1 })).toEqual(CLAIMS);
    expect(TokenClaims.parse({ ...CLAIMS, patient: 'A' }).patient).toBe('A');
  });

  it('contain launch context in both of its forms', () => {
    for (const fhirContext of [['Coverage/1'], [{ reference: 'Coverage/1', role: 'launch' }]]) {
      const context = { fhirContext, need_patient_banner: false, intent: 'pay' };
      expect(TokenClaims.parse({ ...CLAIMS, ...context })).toEqual({ ...CLAIMS, ...context });
    }
  });

  it.each(Object.keys(CLAIMS))('are refused without %s', (name) => {
    expect(TokenClaims.safeParse({ ...CLAIMS, [name]: undefined }).success).toBe(false);
  });

  it.each([
    { active: false },
    { active: 'true' },
    { tenant: '' },
    { patient: '' },
    { patient: '~' },
    { patient: 'Patient/A' },
    { patient: ['A', 'B'] },
    { exp: '2000000000' },
    { exp: 1.5 },
    { scope: ['patient/*.rs'] },
    { aud: ['https://plan.example', 'https://other.example'] },
    { iss: 'north' },
  ])('are refused with %j', (change) => {
    expect(TokenClaims.safeParse({ ...CLAIMS, ...change }).success).toBe(false);
  });

  it.each([null, undefined, 7, 'active', [], {}])('are not parsed from %j', (nonsense) => {
    expect(TokenClaims.safeParse(nonsense).success).toBe(false);
  });
});
