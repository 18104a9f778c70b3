/** Statements that were signed, as compact JWS on P-256: checkpoints, manifests, and what the operators say. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, CompactSign, compactVerify, decodeProtectedHeader } from 'jose';

const ALGORITHM = 'ES256';

export const isOnP256 = ({ asymmetricKeyDetails: of }: KeyObject) => of?.namedCurve === 'prime256v1';

/** @param setting what has the key @throws Error when it is no private key on P-256, PKCS #8 */
export function privateKeyIn(pem: string, setting: string): KeyObject {
  const key = createPrivateKey(pem);
  if (!isOnP256(key)) throw new Error(`${setting}: not an EC key on P-256`);
  return key;
}

/** @returns the id of a public key (RFC 7638) */
export const thumbprint = (key: KeyObject) =>
  calculateJwkThumbprint(key.export({ format: 'jwk' }) as { kty: string });

/**
 * @param typ of the statement, so that no other signed text can be taken for one (RFC 8725 section 3.11)
 * @param inHeader what stands in the protected header, which is signed too
 */
export async function signStatement(
  typ: string,
  key: KeyObject,
  payload: object,
  inHeader: object = {},
): Promise<string> {
  const kid = await thumbprint(createPublicKey(key));
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ ...inHeader, alg: ALGORITHM, typ, kid })
    .sign(key);
}

/**
 * Verifies and reads a statement from any source.
 *
 * @param keys by their thumbprint
 * @param read throws when it is not such a statement
 * @returns undefined when none of the keys signed it, or when it is not such a statement
 */
export async function openStatement<Statement>(
  typ: string,
  jws: string,
  keys: ReadonlyMap<string, KeyObject>,
  read: (payload: unknown, header: Readonly<Record<string, unknown>>) => Statement,
): Promise<Statement | undefined> {
  try {
    const key = keys.get(decodeProtectedHeader(jws).kid ?? '');
    if (!key) return undefined;
    const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: [ALGORITHM] });
    if (protectedHeader.typ !== typ) return undefined;
    return read(JSON.parse(Buffer.from(payload).toString()), protectedHeader);
  } catch {
    return undefined;
  }
}

/** The same statement may be known from two places. */
export const onceEach = <Statement extends { jws: string }>(these: readonly Statement[]): Statement[] => [
  ...new Map(these.map((each) => [each.jws, each])).values(),
];

export const oldestFirst = <Statement extends { signed: string }>(these: readonly Statement[]): Statement[] =>
  [...these].sort((one, other) => (one.signed < other.signed ? -1 : 1));
