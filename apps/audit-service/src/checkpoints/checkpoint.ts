/** Signed statements about a chain: what its record of a number is, said outside the database that holds it. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import { z } from 'zod';

const ALGORITHM = 'ES256';
/** So that nothing else that was ever signed can pass for one (RFC 8725 section 3.11). */
const TYPE = 'patient-access-trail-checkpoint';

const Payload = z.strictObject({
  tenant: z.string(),
  seq: z.number().int().nonnegative(),
  /** of the record with this number, hex */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** `head`: the chain had come so far. `root`: what came up to here was dropped, and the chain begins after it */
  kind: z.enum(['head', 'root']),
  signed: z.iso.datetime(),
});

export interface Checkpoint extends z.infer<typeof Payload> {
  /** compact JWS of all the other members */
  jws: string;
}

/** Whoever holds the private key. */
export interface CheckpointSigner {
  sign(statement: Omit<Checkpoint, 'jws' | 'signed'>): Promise<Checkpoint>;
  keys: CheckpointKeys;
}

/** Public keys by their thumbprint (RFC 7638). */
export type CheckpointKeys = ReadonlyMap<string, KeyObject>;

const thumbprint = (key: KeyObject) =>
  calculateJwkThumbprint(key.export({ format: 'jwk' }) as { kty: string });

/** @param pem private key on the curve P-256, PKCS #8 @throws Error when it is none */
export async function checkpointSigner(pem: string): Promise<CheckpointSigner> {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error('CHECKPOINT_KEY: not an EC key on P-256');
  const publicKey = createPublicKey(privateKey);
  const kid = await thumbprint(publicKey);
  return {
    keys: new Map([[kid, publicKey]]),
    async sign(statement) {
      const payload = { ...statement, signed: new Date().toISOString() };
      const jws = await new CompactSign(Buffer.from(JSON.stringify(payload)))
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
        .sign(privateKey);
      return { ...payload, jws };
    },
  };
}

/** @param pem public keys, one after the other: the present one and those before it */
export async function checkpointKeys(pem: string): Promise<CheckpointKeys> {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  if (blocks.length === 0) throw new Error('no public key in PEM');
  const keys = blocks.map((block) => createPublicKey(block));
  return new Map(await Promise.all(keys.map(async (key) => [await thumbprint(key), key] as const)));
}

/**
 * Reads a checkpoint, whoever kept it.
 *
 * @returns undefined when it was not signed with one of the keys, or says something else than a checkpoint
 */
export async function openCheckpoint(jws: string, keys: CheckpointKeys): Promise<Checkpoint | undefined> {
  try {
    const key = keys.get(decodeProtectedHeader(jws).kid ?? '');
    if (!key) return undefined;
    const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: [ALGORITHM] });
    if (protectedHeader.typ !== TYPE) return undefined;
    return { ...Payload.parse(JSON.parse(Buffer.from(payload).toString())), jws };
  } catch {
    return undefined;
  }
}
