/** A key of an app, and proofs that the app holds it (DPoP, RFC 9449). */
import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** What a proof says differently from a correct one. `undefined` leaves a member out. */
export interface ProofChange {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  /** signs instead of the key itself */
  privateKey?: CryptoKey;
}

export interface ProofKey {
  jwk: JWK;
  privateKey: CryptoKey;
  /** RFC 7638 */
  thumbprint: string;
  /** @param token the access token of the request, if it has one */
  prove(method: string, url: string, token?: string, change?: ProofChange): Promise<string>;
}

const ath = (token: string): string => createHash('sha256').update(token).digest('base64url');

export async function newProofKey(alg = 'ES256'): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    jwk,
    privateKey,
    thumbprint: await calculateJwkThumbprint(jwk),
    prove(method, url, token, change = {}) {
      const claims = {
        jti: randomUUID(),
        htm: method,
        htu: url,
        iat: Math.floor(Date.now() / 1000),
        ...(token !== undefined && { ath: ath(token) }),
        ...change.claims,
      };
      const header = { alg, typ: 'dpop+jwt', jwk, ...change.header };
      return new SignJWT(claims).setProtectedHeader(header).sign(change.privateKey ?? privateKey);
    },
  };
}
