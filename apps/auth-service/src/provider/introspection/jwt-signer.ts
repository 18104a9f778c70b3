import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE } from '@patient-access/smart';
import type { SigningJwk } from '../../domain/keys/signing-keys.ts';

const ALG = 'ES256';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Signed introspection responses (RFC 9701 section 5) for the gateway. ES256 here and now: a signature is a few dozen
 * microseconds, and the engine's way to one by the thread pool costs more than it.
 *
 * @param keys of the tenant, of each algorithm the signing one first
 */
export function introspectionJwtSigner(issuer: string, keys: readonly SigningJwk[]) {
  const jwk = keys.find(({ alg }) => alg === ALG);
  if (!jwk) throw new Error(`${issuer} has no key for ${ALG}`);
  const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  const header = encode({ alg: ALG, typ: INTROSPECTION_JWT_TYPE, kid: jwk.kid });
  return (claims: Record<string, unknown>): string => {
    const said = { iss: issuer, aud: GATEWAY_CLIENT_ID, iat: Math.floor(Date.now() / 1000) };
    const input = `${header}.${encode({ ...said, token_introspection: claims })}`;
    const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  };
}
