/** What this service says of a caller to those that hold data: the same signed statement that the gateway gets. */
import { randomBytes } from 'node:crypto';
import type { TokenClaims } from '@patient-access/smart';
import type { TenantServer } from '../tenants.ts';

/** Longer than an owner believes it (libs/fhir-store), so that what ends it is its age. */
const LIFETIME_SECONDS = 30;
const RANDOM_BYTES = 16;

/** Who asks, for what: the rest is the same for everybody. */
export type Caller = Pick<TokenClaims, 'client_id' | 'client_name' | 'sub' | 'scope' | 'grant_id'> &
  Partial<Pick<TokenClaims, 'patient' | 'fhirUser' | 'role' | 'username'>>;

/**
 * A signed introspection response (RFC 9701) for somebody who holds no token: a login at one of our own pages. No
 * token stands behind it and none could be made of it; it is good for one question, now.
 */
export function statementAbout({ tenant, signStatement }: TenantServer, caller: Caller): string {
  const now = Math.floor(Date.now() / 1000);
  const claims: TokenClaims = {
    active: true,
    iss: tenant.issuer,
    aud: tenant.fhirBase,
    tenant: tenant.id,
    ...caller,
    iat: now,
    exp: now + LIFETIME_SECONDS,
    jti: randomBytes(RANDOM_BYTES).toString('base64url'),
  };
  return signStatement(claims);
}
