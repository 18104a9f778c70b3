/**
 * Dead letters: messages that are no access event, or that no table can hold. A person can look at them and replay
 * them.
 */
import { createHash } from 'node:crypto';
import { type AccessEvent, messageLine, MISDIRECTED, type SignedMessage } from '@patient-access/events';
import type { Pool } from '@patient-access/database';
import type pg from 'pg';

/** A message, or the readable part of one. */
export interface DeadLetter {
  reason: string;
  message: Pick<SignedMessage, 'body'> & Partial<SignedMessage>;
  /** the event that reports the dead letter in the trail, if it is a security event */
  alarm?: AccessEvent;
}

const KEEP = `INSERT INTO dead_letter (reason, body, producer, sequence, mac, digest)
              VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`;

/** Replaces NUL, the one character that Postgres' text cannot hold. */
const withoutNul = (text: string) => text.replaceAll('\u0000', '\uFFFD');
const orNull = (text: string | undefined) => (text === undefined ? null : withoutNul(text));

const digestOf = ({ producer = '', sequence = 0, mac = '', body }: DeadLetter['message']): Buffer =>
  createHash('sha256').update(messageLine({ producer, sequence, mac, body })).digest();

/** Stores each message once, however often it is sent. @returns those that were not stored before */
export async function keepDeadLetters(
  client: pg.PoolClient,
  letters: readonly DeadLetter[],
): Promise<DeadLetter[]> {
  const kept: DeadLetter[] = [];
  for (const letter of letters) {
    const { reason, message } = letter;
    const { producer, sequence, mac, body } = message;
    const place = Number.isSafeInteger(sequence) ? sequence : null;
    const values = [withoutNul(reason), withoutNul(body), orNull(producer), place, orNull(mac)];
    const { rowCount } = await client.query(KEEP, [...values, digestOf(message)]);
    if (rowCount) kept.push(letter);
  }
  return kept;
}

const WAITING =
  'SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL AND ($1::text IS NULL OR reason = $1)';

async function countWaiting(pool: Pool, reason: string | null): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(WAITING, [reason]);
  return Number(rows[0]?.count ?? 0);
}

/** @returns the number of dead letters that nobody has replayed */
export const countDeadLetters = (pool: Pool): Promise<number> => countWaiting(pool, null);
/** @returns how many of these were misdirected: sent under the key of another tenant or member (security case T06) */
export const countMisdirected = (pool: Pool): Promise<number> => countWaiting(pool, MISDIRECTED);
