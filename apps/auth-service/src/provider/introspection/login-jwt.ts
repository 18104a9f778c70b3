/** Introspection JWTs for callers who hold no token: people at our own pages, and everybody at what a plan publishes. */
import { randomBytes } from 'node:crypto';
import { fhirBase, type PublicationName, publications, publicationTenant } from '@patient-access/fhir';
import { INTROSPECTION_JWT_TYPE, type TokenClaims } from '@patient-access/smart';
import type { TenantServer } from '../tenants.ts';

/** Longer than the data services accept it (libs/fhir-store): they refuse it earlier because of its age. */
const LIFETIME_SECONDS = 30;
const RANDOM_BYTES = 16;

/** Of an answer that is an introspection JWT. A refusal of the same route is none, and has them not. */
export const INTROSPECTION_JWT_HEADERS = {
  'content-type': `application/${INTROSPECTION_JWT_TYPE}`,
  'cache-control': 'no-store',
};

/** The claims that depend on the login; the others are the same for everybody. */
export type LoginClaims = Pick<TokenClaims, 'client_id' | 'client_name' | 'sub' | 'scope' | 'grant_id'> &
  Partial<Pick<TokenClaims, 'patient' | 'fhirUser' | 'role' | 'username' | 'whole_record'>>;

/**
 * A signed introspection response (RFC 9701) for a login at one of our own pages, in the form that the gateway gets
 * for a token. No token belongs to it, and none can be made from it. It is used for one request, at once.
 */
export function introspectionJwtFor(server: TenantServer, login: LoginClaims): string {
  const { id, fhirBase: aud } = server.tenant;
  return sign(server, { tenant: id, aud, ...login });
}

/** Nobody in particular reads what a plan publishes. */
const EVERYBODY = 'everybody';

/**
 * The credential of everybody for what a plan publishes. Its tenant is that of the publication, so by row-level security it
 * reads nothing that was not loaded as this publication, and it names the types of the publication alone.
 */
export function publicationJwtFor(server: TenantServer, name: PublicationName): string {
  const { id, issuer } = server.tenant;
  const tenant = publicationTenant(id, name);
  const types = Object.keys(publications[name].profiles);
  return sign(server, {
    tenant,
    aud: fhirBase(new URL(issuer).origin, tenant),
    client_id: EVERYBODY,
    sub: EVERYBODY,
    grant_id: EVERYBODY,
    scope: types.map((type) => `system/${type}.rs`).join(' '),
    types,
  });
}

function sign(
  { tenant, signIntrospectionJwt }: TenantServer,
  caller: Omit<TokenClaims, 'active' | 'iss' | 'iat' | 'exp' | 'jti'>,
): string {
  const now = Math.floor(Date.now() / 1000);
  const claims: TokenClaims = {
    active: true,
    iss: tenant.issuer,
    ...caller,
    iat: now,
    exp: now + LIFETIME_SECONDS,
    jti: randomBytes(RANDOM_BYTES).toString('base64url'),
  };
  return signIntrospectionJwt(claims);
}
