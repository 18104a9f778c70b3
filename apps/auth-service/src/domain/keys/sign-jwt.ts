import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import type { SigningJwk } from './signing-keys.ts';

const ALG = 'ES256';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Signs JWTs of a plan (RFC 7515). It signs in this thread: an ES256 signature takes a few dozen microseconds, which is less
 * than handing it to the thread pool.
 *
 * @param keys of the plan; for each algorithm the signing key comes first
 * @param typ of the header
 * @returns a function that signs claims
 */
export function jwtSigner(
  issuer: string,
  keys: readonly SigningJwk[],
  typ: string,
): (claims: object) => string {
  const jwk = keys.find(({ alg }) => alg === ALG);
  if (!jwk) throw new Error(`${issuer} has no key for ${ALG}`);
  const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  const header = encode({ alg: ALG, typ, kid: jwk.kid });
  return (claims) => {
    const input = `${header}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  };
}
