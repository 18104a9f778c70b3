/** Introspection JWTs for people who are logged in at our own pages and hold no token. */
import { randomBytes } from 'node:crypto';
import type { TokenClaims } from '@patient-access/smart';
import type { TenantServer } from '../tenants.ts';

/** Longer than the data services accept it (libs/fhir-store): they refuse it earlier because of its age. */
const LIFETIME_SECONDS = 30;
const RANDOM_BYTES = 16;

/** The claims that depend on the login; the others are the same for everybody. */
export type LoginClaims = Pick<TokenClaims, 'client_id' | 'client_name' | 'sub' | 'scope' | 'grant_id'> &
  Partial<Pick<TokenClaims, 'patient' | 'fhirUser' | 'role' | 'username' | 'whole_record'>>;

/**
 * A signed introspection response (RFC 9701) for a login at one of our own pages, in the form that the gateway gets
 * for a token. No token belongs to it, and none can be made from it. It is used for one request, at once.
 */
export function introspectionJwtFor(
  { tenant, signIntrospectionJwt }: TenantServer,
  login: LoginClaims,
): string {
  const now = Math.floor(Date.now() / 1000);
  const claims: TokenClaims = {
    active: true,
    iss: tenant.issuer,
    aud: tenant.fhirBase,
    tenant: tenant.id,
    ...login,
    iat: now,
    exp: now + LIFETIME_SECONDS,
    jti: randomBytes(RANDOM_BYTES).toString('base64url'),
  };
  return signIntrospectionJwt(claims);
}
