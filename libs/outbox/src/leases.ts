/**
 * Leases of outbox rows. A relay leases a row for a while. The row is due again if the audit store has not confirmed
 * it.
 */
import type { SequenceRange } from '@patient-access/events';
import type pg from 'pg';

/** A row that has its sequence number, and is not signed yet. */
export interface LeasedEvent {
  producer: string;
  sequence: number;
  tenant: string;
  member: string;
  body: string;
}

/**
 * Leases rows that no relay has leased, and gives them sequence numbers. One statement changes the rows and the
 * counter, so a producer's sequence has no gap. Two relays of one service wait for each other at the counter.
 */
const LEASE_NEW = {
  name: 'lease-new-events',
  text: `WITH next AS (
           SELECT request_id, service FROM outbox WHERE sequence IS NULL
            ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED),
         numbered AS (SELECT request_id, service, row_number() OVER () AS nth FROM next),
         counted AS (
           UPDATE outbox_producer SET last_sequence = last_sequence + (SELECT count(*) FROM next)
            WHERE EXISTS (SELECT FROM next)
           RETURNING id, last_sequence - (SELECT count(*) FROM next) AS before)
         UPDATE outbox o SET sequence = c.before + n.nth, claimed_at = now()
           FROM numbered n CROSS JOIN counted c
          WHERE o.request_id = n.request_id AND o.service = n.service
         RETURNING $1 || '/' || c.id AS producer, o.sequence, o.tenant, o.member, o.body`,
};

/**
 * A row that was sent three times without a confirmation waits longer each time. So a consumer that is far behind does
 * not receive all rows again.
 */
const RENEW_EXPIRED = {
  name: 'renew-expired-leases',
  text: `WITH due AS (
           SELECT sequence FROM outbox
            WHERE sequence IS NOT NULL AND claimed_at < now() - $2 * 2 ^ greatest(0, least(sends - 2, 6)) * interval '1 ms'
            ORDER BY sequence LIMIT $3 FOR UPDATE SKIP LOCKED)
         UPDATE outbox o SET claimed_at = now(), sends = o.sends + 1
           FROM due, outbox_producer p WHERE o.sequence = due.sequence
         RETURNING $1 || '/' || p.id AS producer, o.sequence, o.tenant, o.member, o.body`,
};

const LEASED_RANGE = {
  name: 'leased-range',
  text: `SELECT $1 || '/' || p.id AS producer,
                (SELECT min(sequence) FROM outbox WHERE sequence IS NOT NULL) AS first,
                (SELECT max(sequence) FROM outbox WHERE sequence IS NOT NULL) AS last
           FROM outbox_producer p`,
};

const DELETE_STORED = {
  name: 'delete-stored-events',
  text: `DELETE FROM outbox o USING unnest($1::bigint[], $2::bigint[]) AS stored (first, last)
          WHERE o.sequence BETWEEN stored.first AND stored.last`,
};

/** The driver returns `bigint` as text. A sequence number stays far below 2^53, so it fits a JavaScript number. */
async function rowsOf(pool: pg.Pool, statement: pg.QueryConfig, values: unknown[]): Promise<LeasedEvent[]> {
  const { rows } = await pool.query<LeasedEvent>({ ...statement, values });
  return rows
    .map((row) => ({ ...row, sequence: Number(row.sequence) }))
    .sort((one, other) => one.sequence - other.sequence);
}

/** @returns at most `limit` rows that were never sent; each has received its sequence number now */
export const leaseNew = (pool: pg.Pool, service: string, limit: number): Promise<LeasedEvent[]> =>
  rowsOf(pool, LEASE_NEW, [service, limit]);

/** @returns at most `limit` rows that were sent more than `afterMs` ago and are not confirmed */
export const renewExpired = (
  pool: pg.Pool,
  service: string,
  afterMs: number,
  limit: number,
): Promise<LeasedEvent[]> => rowsOf(pool, RENEW_EXPIRED, [service, afterMs, limit]);

/** @returns this producer's name, and the lowest and highest sequence number that waits for confirmation */
export async function leasedRange(
  pool: pg.Pool,
  service: string,
): Promise<{ producer: string; range: SequenceRange } | undefined> {
  const { rows } = await pool.query<{ producer: string; first: string | null; last: string | null }>({
    ...LEASED_RANGE,
    values: [service],
  });
  const [row] = rows;
  if (!row || row.first === null) return undefined;
  return { producer: row.producer, range: [Number(row.first), Number(row.last)] };
}

/** Deletes the rows that the audit store has. @returns the number of deleted rows */
export async function deleteStored(pool: pg.Pool, stored: readonly SequenceRange[]): Promise<number> {
  if (stored.length === 0) return 0;
  const values = [stored.map(([first]) => first), stored.map(([, last]) => last)];
  return (await pool.query({ ...DELETE_STORED, values })).rowCount ?? 0;
}
