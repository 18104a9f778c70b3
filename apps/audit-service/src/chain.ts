/** The hash chain of a lane, as trail.append in the database makes it and anybody can check it. */
import { createHash } from 'node:crypto';

/** What the first record of a lane's chain follows. */
export function genesis(tenant: string, lane: number): Buffer {
  return createHash('sha256').update(`urn:payer-patient-access:trail:${tenant}/${lane}`).digest();
}

/** What is chained of a record. */
export interface Link {
  /** in its chain */
  seq: number;
  /** ISO 8601, milliseconds */
  stored: string;
  id: string;
  /** SHA-256 of its text, hex */
  digest: string;
}

/**
 * SHA-256(previous hash ‖ number in the chain ‖ time of storing ‖ id ‖ SHA-256 of the record): 32 bytes, twice 8 bytes
 * big-endian (the time in ms), 36 ASCII characters, 32 bytes.
 */
export function link(previous: Buffer, { seq, stored, id, digest }: Link): Buffer {
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64BE(BigInt(seq));
  numbers.writeBigUInt64BE(BigInt(Date.parse(stored)), 8);
  return createHash('sha256').update(previous).update(numbers).update(id).update(digest, 'hex').digest();
}
