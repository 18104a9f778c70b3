/** DPoP proofs, by which the sender of a token shows that it holds the key of the token (RFC 9449). */
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from 'jose';
import { decodeUnreserved } from './unreserved.ts';

/** Signature algorithms of proofs, as discovery lists them (`dpop_signing_alg_values_supported`). */
export const PROOF_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'] as const;
/** The maximum age of a proof, and the maximum by which the clock of its sender may be ahead. */
export const PROOF_WINDOW_SECONDS = 300;

const MAX_PROOF_CHARACTERS = 4_096;
const MAX_JTI_CHARACTERS = 256;

/** The request to which a proof has to belong. */
interface ProvenRequest {
  method: string;
  /** the URL as the client sees it; query and fragment are ignored */
  url: string;
  /** the access token of the request */
  token: string;
  /** milliseconds since the epoch */
  now: number;
}

export interface Proof {
  /** thumbprint of the key (RFC 7638), which the token's `cnf.jkt` names */
  jkt: string;
  /** accepted only once */
  jti: string;
}

/** The URL without query and fragment (RFC 9449 section 4.3, step 9), normalized as in RFC 3986 section 6.2.2. */
function locationOf(url: unknown): string | undefined {
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  return parsed ? `${parsed.origin}${decodeUnreserved(parsed.pathname).replace(/\/$/, '')}` : undefined;
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64url');

type Rule = (claims: Record<string, unknown>, request: ProvenRequest) => boolean;

/** What a proof must have (RFC 9449 section 4.3), in words. The signature, `typ` and `jwk` are checked before. */
const RULES: readonly [must: (request: ProvenRequest) => string, Rule][] = [
  [
    () => `jti must be a text of 1 to ${MAX_JTI_CHARACTERS} characters`,
    ({ jti }) => typeof jti === 'string' && jti !== '' && jti.length <= MAX_JTI_CHARACTERS,
  ],
  [({ method }) => `htm must be ${method}`, ({ htm }, { method }) => htm === method],
  [
    ({ url }) => `htu must be ${locationOf(url)}`,
    ({ htu }, { url }) => locationOf(htu) !== undefined && locationOf(htu) === locationOf(url),
  ],
  [
    () => 'ath must be the SHA-256 of the access token in base64url',
    ({ ath }, { token }) => ath === digest(token),
  ],
  [
    () => `iat must be now, in seconds, give or take ${PROOF_WINDOW_SECONDS}`,
    ({ iat }, { now }) => typeof iat === 'number' && Math.abs(now / 1000 - iat) <= PROOF_WINDOW_SECONDS,
  ],
];

const NO_PROOF = 'it is a JWT with typ dpop+jwt and the public key in jwk, signed with that key';

/**
 * @param jwt the value of the `DPoP` header
 * @returns what is wrong with it, as a text, when it does not prove this request. The caller checks whether the proof was
 *   used before
 */
export async function readProof(jwt: string, request: ProvenRequest): Promise<Proof | string> {
  if (jwt.length > MAX_PROOF_CHARACTERS) return `it is longer than ${MAX_PROOF_CHARACTERS} characters`;
  try {
    const { payload, protectedHeader } = await jwtVerify(jwt, EmbeddedJWK, {
      algorithms: [...PROOF_ALGORITHMS],
      typ: 'dpop+jwt',
      currentDate: new Date(request.now),
    });
    const broken = RULES.find(([, holds]) => !holds(payload, request));
    if (broken) return broken[0](request);
    return { jkt: await calculateJwkThumbprint(protectedHeader.jwk as JWK), jti: payload.jti as string };
  } catch {
    return NO_PROOF;
  }
}
