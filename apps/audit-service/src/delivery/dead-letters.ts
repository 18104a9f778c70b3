/** Batches that are none, and records that no table can hold: kept where a person sees them, and can try again. */
import { hash } from 'node:crypto';
import { MISDIRECTED } from '@patient-access/events';
import type { Pool } from '@patient-access/database';
import type pg from 'pg';

export interface DeadLetter {
  reason: string;
  /** as it was delivered, or as much of it as there is */
  batch: string;
  producer?: string;
}

const KEEP = `INSERT INTO dead_letter (reason, body, producer, digest)
              VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;

/** Replaces NUL, the one character that Postgres' text cannot hold. */
const withoutNul = (text: string) => text.replaceAll('\u0000', '\uFFFD');

/** Keeps each batch once for each reason, however often it is sent. @returns those that were not kept before */
export async function keepDeadLetters(
  client: pg.PoolClient,
  letters: readonly DeadLetter[],
): Promise<DeadLetter[]> {
  const kept: DeadLetter[] = [];
  for (const letter of letters) {
    const { reason, batch, producer } = letter;
    const digest = hash('sha256', `${reason}\n${batch}`, 'buffer');
    const values = [withoutNul(reason), withoutNul(batch), producer && withoutNul(producer), digest];
    const { rowCount } = await client.query(KEEP, values);
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

/** @returns the number of dead letters that nobody has replayed or closed */
export const countDeadLetters = (pool: Pool): Promise<number> => countWaiting(pool, null);
/** What is no batch at all may be of any plan. */
const WAITING_OF = `SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL
  AND (producer IS NULL OR split_part(split_part(body, E'\\n', 1), ' ', 3) = $1)`;

/** @returns how many of these are of a plan by their batch, whoever sent it, or name none */
export async function countLettersOf(pool: Pool, tenant: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(WAITING_OF, [tenant]);
  return Number(rows[0]?.count ?? 0);
}

/** @returns how many of these were misdirected: sent under the key of another tenant or member (security case T06) */
export const countMisdirected = (pool: Pool): Promise<number> => countWaiting(pool, MISDIRECTED);
