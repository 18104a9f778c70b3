/** The hash chain of a tenant's trail. trail.append in the database makes the same chain; this code verifies it. */
import { createHash } from 'node:crypto';

/** The hash that the first record of a tenant's chain follows. */
export function genesis(tenant: string): Buffer {
  return createHash('sha256').update(`urn:payer-patient-access:trail:${tenant}`).digest();
}

/**
 * The hash of a record: SHA-256(previous hash ‖ sequence number ‖ id ‖ body). These are 32 bytes, 8 bytes big-endian,
 * 36 ASCII characters, and the AuditEvent's JSON in UTF-8 exactly as it is stored and served.
 */
export function link(previous: Buffer, seq: number, id: string, body: string): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(seq));
  return createHash('sha256').update(previous).update(number).update(id).update(body).digest();
}
