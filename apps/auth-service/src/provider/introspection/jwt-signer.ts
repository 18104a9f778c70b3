import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE } from '@patient-access/smart';
import type { SigningJwk } from '../../domain/keys/signing-keys.ts';

const ALG = 'ES256';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Signs introspection responses for the gateway (RFC 9701 section 5). It signs in this thread. An ES256 signature
 * takes a few dozen microseconds, which is less than handing it to the thread pool that oidc-provider uses.
 *
 * @param keys of the tenant; for each algorithm the signing key comes first
 */
export function introspectionJwtSigner(issuer: string, keys: readonly SigningJwk[]) {
  const jwk = keys.find(({ alg }) => alg === ALG);
  if (!jwk) throw new Error(`${issuer} has no key for ${ALG}`);
  const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  const header = encode({ alg: ALG, typ: INTROSPECTION_JWT_TYPE, kid: jwk.kid });
  return (claims: Record<string, unknown>): string => {
    const envelope = { iss: issuer, aud: GATEWAY_CLIENT_ID, iat: Math.floor(Date.now() / 1000) };
    const input = `${header}.${encode({ ...envelope, token_introspection: claims })}`;
    const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  };
}
