/** Signed statements about a tenant's chains: where each had come to, said outside the database that holds them. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { StoredOf } from './stored-of.ts';

const ALGORITHM = 'ES256';
/** The `typ` of a checkpoint, so that no other signed text can be taken for one (RFC 8725 section 3.11). */
const TYPE = 'patient-access-trail-checkpoint';

/** Of each lane that has records: the number of its last one, and the hash of that, hex. */
export const Heads = z.array(
  z.strictObject({
    lane: z.number().int().nonnegative(),
    seq: z.number().int().nonnegative(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
);

/** What a later release adds is passed over. */
const Payload = z.object({
  tenant: z.string(),
  heads: Heads,
  /** `head`: the chains had come so far. `root`: what came up to here was dropped, and the chains begin after it */
  kind: z.enum(['head', 'root']),
  signed: z.iso.datetime(),
});

/** A later release may say it in another form: then it is not known, and the checkpoint holds. */
const Today = z.array(StoredOf).optional().catch(undefined);

export interface Checkpoint extends z.infer<typeof Payload> {
  /**
   * All that was stored since the last checkpoint of the day before (UTC), by producer; undefined where that is not known. It
   * stands in the protected header, which is signed too: the release before refuses a payload with a member that it does not
   * know, and passes over what it does not know of a header (RFC 7515 section 4).
   */
  today?: StoredOf[] | undefined;
  /** the compact JWS that signs all the other members */
  jws: string;
}

/** @returns the sum of the lanes' numbers: later checkpoints have more */
export const signedRecords = ({ heads }: Pick<Checkpoint, 'heads'>): number =>
  heads.reduce((sum, { seq }) => sum + seq, 0);

/** Whoever holds the private key. */
export interface CheckpointSigner {
  sign(statement: Omit<Checkpoint, 'jws' | 'signed'>): Promise<Checkpoint>;
  /** by which it believes what was signed before: its own, and those that its own took the place of */
  keys: CheckpointKeys;
}

/** Public keys by their thumbprint (RFC 7638). */
export type CheckpointKeys = ReadonlyMap<string, KeyObject>;

/** @returns the id of a public key (RFC 7638) */
export const thumbprint = (key: KeyObject) =>
  calculateJwkThumbprint(key.export({ format: 'jwk' }) as { kty: string });

/**
 * @param pem private key on the curve P-256, PKCS #8
 * @param others public keys in PEM that are believed too: roots that an earlier key signed stand for as long as the trail
 * @throws Error when it is not such a key
 */
export async function checkpointSigner(pem: string, others?: string): Promise<CheckpointSigner> {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error('CHECKPOINT_KEY: not an EC key on P-256');
  const publicKey = createPublicKey(privateKey);
  const kid = await thumbprint(publicKey);
  return {
    keys: new Map([...(others === undefined ? [] : await checkpointKeys(others)), [kid, publicKey]]),
    async sign({ today, ...statement }) {
      const payload = { ...statement, signed: new Date().toISOString() };
      const beside = today && { today };
      const jws = await new CompactSign(Buffer.from(JSON.stringify(payload)))
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid, ...beside })
        .sign(privateKey);
      return { ...payload, ...beside, jws };
    },
  };
}

/** @param pem public keys, one after the other @throws Error when one of them is none, or there is none */
export function publicKeysIn(pem: string): KeyObject[] {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  if (blocks.length === 0) throw new Error('no public key in PEM');
  return blocks.map((block) => createPublicKey(block));
}

/** @param pem public keys, one after the other: the current one and earlier ones */
export async function checkpointKeys(pem: string): Promise<CheckpointKeys> {
  const keys = publicKeysIn(pem);
  return new Map(await Promise.all(keys.map(async (key) => [await thumbprint(key), key] as const)));
}

/**
 * Verifies and reads a checkpoint from any source.
 *
 * @returns undefined when none of the keys signed it, or when it is not a checkpoint
 */
export async function openCheckpoint(jws: string, keys: CheckpointKeys): Promise<Checkpoint | undefined> {
  try {
    const key = keys.get(decodeProtectedHeader(jws).kid ?? '');
    if (!key) return undefined;
    const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: [ALGORITHM] });
    if (protectedHeader.typ !== TYPE) return undefined;
    const today = Today.parse(protectedHeader['today']);
    return { ...Payload.parse(JSON.parse(Buffer.from(payload).toString())), ...(today && { today }), jws };
  } catch {
    return undefined;
  }
}
