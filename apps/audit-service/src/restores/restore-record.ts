/**
 * The statement of the operators that the audit database was restored from a backup (ADR 52). It is signed with a key that
 * no service has: whoever cuts a trail cannot make a restore of it.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { type CheckpointKeys, Heads, thumbprint } from '../checkpoints/checkpoint.ts';

const ALGORITHM = 'ES256';
/** The `typ` of a restore record, so that no other signed text can be taken for one (RFC 8725 section 3.11). */
const TYPE = 'patient-access-trail-restore';

const Payload = z.strictObject({
  tenant: z.string(),
  /** where each lane ended in the backup; a lane that is left out had nothing */
  restored: Heads,
  /** where each lane had been, by the last checkpoint that is known outside, and when that was signed */
  known: Heads,
  knownAt: z.iso.datetime(),
  reason: z.string().min(1).max(512),
  /** name of the administrator */
  by: z.string().min(1).max(128),
  signed: z.iso.datetime(),
});
type Statement = z.infer<typeof Payload>;

export interface RestoreRecord extends Statement {
  /** the compact JWS that signs all the other members */
  jws: string;
}

/** @param pem private key of the operators on the curve P-256, PKCS #8 @throws Error when it is not such a key */
export async function signRestore(pem: string, statement: Omit<Statement, 'signed'>): Promise<RestoreRecord> {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error('--restore-key: not an EC key on P-256');
  const payload = Payload.parse({ ...statement, signed: new Date().toISOString() });
  const kid = await thumbprint(createPublicKey(key));
  const jws = await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid })
    .sign(key);
  return { ...payload, jws };
}

async function openRestore(jws: string, keys: CheckpointKeys): Promise<RestoreRecord | undefined> {
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

/**
 * @param lines of a file of checkpoints, which has the restore records too
 * @param keys of the operators @returns those that one of the keys signed, the oldest first
 */
export async function openRestores(lines: readonly string[], keys: CheckpointKeys): Promise<RestoreRecord[]> {
  const opened = await Promise.all(lines.map((line) => openRestore(line.trim(), keys)));
  const found = opened.filter((record) => record !== undefined);
  return found.sort((one, other) => (one.signed < other.signed ? -1 : 1));
}
