import type { TokenClaims } from '../../src/claims.ts';
import type { AccessRequest } from '../../src/decision.ts';

/** The claims of a member's token. */
export function tokenFor(scope: string, change: Partial<TokenClaims> = {}): TokenClaims {
  return {
    active: true,
    iss: 'https://plan.example/auth/north/oauth2/v1',
    aud: 'https://plan.example/payer/patient-access/v2/north',
    tenant: 'north',
    client_id: 'app',
    sub: 'login',
    scope,
    exp: 2_000_000_000,
    iat: 1_900_000_000,
    jti: 'j',
    grant_id: 'g',
    patient: 'A',
    ...change,
  };
}

/** A request for one resource of that member. */
export function request(change: Partial<AccessRequest> = {}): AccessRequest {
  return {
    interaction: 'read',
    type: 'Coverage',
    namedOnly: false,
    isReferenceData: false,
    forAuditors: false,
    tenant: 'north',
    ...change,
  };
}
