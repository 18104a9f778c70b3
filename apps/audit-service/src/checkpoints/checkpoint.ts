/** Signed statements about a tenant's chains: where each had come to, said outside the database that holds them. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { openStatement, privateKeyIn, signStatement, thumbprint } from './signed.ts';
import { StoredOf } from './stored-of.ts';

const TYPE = 'patient-access-trail-checkpoint';

/** Of each lane that has records: the number of its last one, and the hash of that, hex. */
export const Heads = z.array(
  z.strictObject({
    lane: z.number().int().nonnegative(),
    seq: z.number().int().nonnegative(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
);

/** @returns the ends of chains as statements have them */
export const statedHeads = (
  ends: ReadonlyMap<number, { seq: number; hash: Buffer }>,
): z.infer<typeof Heads> =>
  [...ends].map(([lane, { seq, hash }]) => ({ lane, seq, hash: hash.toString('hex') }));

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

/**
 * @param pem private key on the curve P-256, PKCS #8
 * @param others public keys in PEM that are believed too: roots that an earlier key signed stand for as long as the trail
 * @throws Error when it is not such a key
 */
export async function checkpointSigner(pem: string, others?: string): Promise<CheckpointSigner> {
  const privateKey = privateKeyIn(pem, 'CHECKPOINT_KEY');
  const publicKey = createPublicKey(privateKey);
  const kid = await thumbprint(publicKey);
  return {
    keys: new Map([...(others === undefined ? [] : await checkpointKeys(others)), [kid, publicKey]]),
    async sign({ today, ...statement }) {
      const payload = { ...statement, signed: new Date().toISOString() };
      const beside = today && { today };
      return { ...payload, ...beside, jws: await signStatement(TYPE, privateKey, payload, beside) };
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

/** @returns undefined when none of the keys signed it, or when it is not a checkpoint */
export const openCheckpoint = (jws: string, keys: CheckpointKeys): Promise<Checkpoint | undefined> =>
  openStatement(TYPE, jws, keys, (payload, header) => {
    const today = Today.parse(header['today']);
    return { ...Payload.parse(payload), ...(today && { today }), jws };
  });
