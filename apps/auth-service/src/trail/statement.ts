/** What this service says of a caller to those that hold data: the same signed statement that the gateway gets. */
import { randomBytes } from 'node:crypto';
import { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE, type TokenClaims } from '@patient-access/smart';
import { importJWK, type JWK, SignJWT } from 'jose';
import type { TenantContext } from '../tenant/tenant.ts';

const ALGORITHM = 'ES256';
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
export async function signStatement(tenant: TenantContext, caller: Caller): Promise<string> {
  const key = tenant.jwks.find(({ alg }) => alg === ALGORITHM);
  if (!key) throw new Error(`no ${ALGORITHM} key at "${tenant.id}"`);
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
  return new SignJWT({ token_introspection: claims })
    .setProtectedHeader({ alg: ALGORITHM, typ: INTROSPECTION_JWT_TYPE, kid: key.kid })
    .setIssuer(tenant.issuer)
    .setAudience(GATEWAY_CLIENT_ID)
    .setIssuedAt(now)
    .sign(await importJWK(key as unknown as JWK, ALGORITHM));
}
