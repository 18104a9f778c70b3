import { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE } from '@patient-access/smart';
import { jwtSigner } from '../../domain/keys/sign-jwt.ts';
import type { SigningJwk } from '../../domain/keys/signing-keys.ts';

/**
 * Signs introspection responses for the gateway (RFC 9701 section 5), in this thread and not in that of the pool, which
 * oidc-provider uses.
 *
 * @param keys of the tenant; for each algorithm the signing key comes first
 */
export function introspectionJwtSigner(issuer: string, keys: readonly SigningJwk[]) {
  const sign = jwtSigner(issuer, keys, INTROSPECTION_JWT_TYPE);
  return (claims: Record<string, unknown>): string =>
    sign({
      ...{ iss: issuer, aud: GATEWAY_CLIENT_ID, iat: Math.floor(Date.now() / 1000) },
      token_introspection: claims,
    });
}
