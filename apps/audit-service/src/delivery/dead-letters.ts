/** Messages that are no valid batch, and records that no table can hold. A person can look at them, and deliver them again. */
import { hash } from 'node:crypto';
import { batchText, type EventBatch, MISDIRECTED } from '@patient-access/events';
import type { Pool } from '@patient-access/database';
import type pg from 'pg';

/** What is to be kept. */
export interface NewLetter {
  reason: string;
  /** as it was delivered, or as much of it as there is */
  batch: string;
  producer?: string;
}

/** What is said of a dead letter outside the table that has the batch. */
export interface DeadLetter extends Pick<NewLetter, 'reason' | 'producer'> {
  id: number;
  /** was it not kept before? */
  isNew: boolean;
}

const KEEP = `INSERT INTO dead_letter (reason, body, producer, digest)
              VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id`;
const KEPT = 'SELECT id FROM dead_letter WHERE digest = $1';

/** Replaces NUL, the one character that Postgres' text cannot hold. */
const withoutNul = (text: string) => text.replaceAll('\u0000', '\uFFFD');

/** Keeps a batch once for each reason, however often it is sent. */
export async function keepDeadLetter(
  client: pg.PoolClient,
  { reason, batch, producer }: NewLetter,
): Promise<DeadLetter> {
  const digest = hash('sha256', `${reason}\n${batch}`, 'buffer');
  const values = [withoutNul(reason), withoutNul(batch), producer && withoutNul(producer), digest];
  const { rows: added } = await client.query<{ id: string }>(KEEP, values);
  const [row] = added.length > 0 ? added : (await client.query<{ id: string }>(KEPT, [digest])).rows;
  if (!row) throw new Error('a dead letter was not kept');
  return { id: Number(row.id), isNew: added.length > 0, reason, ...(producer !== undefined && { producer }) };
}

/** The reason of a batch that waits only while its plan is held. Nobody has to replay it (take-up.ts). */
export const HELD = 'the trail of its plan takes no events now';

/** A batch that comes again waits again, because the trail may have lost it since it was stored. */
const KEEP_HELD = `
  INSERT INTO dead_letter (reason, body, producer, digest)
  SELECT $1, body, producer, sha256(convert_to($1 || E'\\n' || body, 'UTF8'))
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS held (body, producer, nth) ORDER BY nth
      ON CONFLICT (digest) DO UPDATE SET replayed_at = NULL`;

/** Keeps batches whose plan is held, in their order. Their numbers have not arrived, so that their producers keep the events. */
export async function keepHeld(pool: Pool, batches: readonly EventBatch[]): Promise<void> {
  const kept = new Map(batches.map((batch) => [withoutNul(batchText(batch)), withoutNul(batch.producer)]));
  if (kept.size > 0) await pool.query(KEEP_HELD, [HELD, [...kept.keys()], [...kept.values()]]);
}

const WAITING =
  'SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL AND ($1::text IS NULL OR reason = $1)';

async function countWaiting(pool: Pick<Pool, 'query'> | pg.Client, reason: string | null): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(WAITING, [reason]);
  return Number(rows[0]?.count ?? 0);
}

/** @returns the number of dead letters that nobody has replayed or closed */
export const countDeadLetters = (pool: Pick<Pool, 'query'> | pg.Client): Promise<number> =>
  countWaiting(pool, null);

/** As the index dead_letter_waiting has it, so that no batch is read. What is no batch at all may be of any plan. */
const WAITING_OF = `SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL
  AND CASE WHEN producer IS NULL THEN '' ELSE left(split_part(split_part(body, E'\\n', 1), ' ', 3), 64) END = ANY ($1)`;

/** @returns how many of these are of a plan by their batch, whoever sent it, or name none */
export async function countLettersOf(pool: Pick<Pool, 'query'>, tenant: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(WAITING_OF, [['', tenant]]);
  return Number(rows[0]?.count ?? 0);
}

/** @returns how many of these were misdirected: sent under the key of another tenant or member (security case T06) */
export const countMisdirected = (pool: Pool): Promise<number> => countWaiting(pool, MISDIRECTED);
