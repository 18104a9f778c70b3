/** Records which sequence numbers of each producer have arrived. */
import type { Pool } from '@patient-access/database';
import type { SequenceRange, SignedMessage } from '@patient-access/events';
import type pg from 'pg';

const ARRIVED = {
  name: 'record-sequences',
  text: `INSERT INTO arrival (producer, sequence)
         SELECT producer, sequence FROM unnest($1::text[], $2::bigint[]) AS a (producer, sequence)
          ORDER BY producer, sequence ON CONFLICT DO NOTHING`,
};

const KNOWN = {
  name: 'known-sequences',
  text: `SELECT coalesce((SELECT through FROM producer WHERE name = $1), 0) AS through,
                ARRAY(SELECT sequence FROM arrival WHERE producer = $1 AND sequence BETWEEN $2 AND $3
                       ORDER BY sequence) AS above`,
};

/** Finds the numbers that follow `through` without a gap. For these, the number minus its position equals `through`. */
const ADVANCE = `
  WITH placed AS (
         SELECT a.producer, a.sequence, coalesce(p.through, 0) AS through,
                row_number() OVER (PARTITION BY a.producer ORDER BY a.sequence) AS nth
           FROM arrival a LEFT JOIN producer p ON p.name = a.producer
          WHERE a.sequence > coalesce(p.through, 0))
  INSERT INTO producer (name, through)
  SELECT producer, max(sequence) FROM placed WHERE sequence = through + nth GROUP BY producer
  ON CONFLICT (name) DO UPDATE SET through = greatest(producer.through, excluded.through)`;
const COMPACT = 'DELETE FROM arrival USING producer WHERE name = producer AND sequence <= through';

const GAPS = `
  SELECT a.producer, max(a.sequence) - coalesce(p.through, 0) - count(*) AS missing
    FROM arrival a LEFT JOIN producer p ON p.name = a.producer
   WHERE a.sequence > coalesce(p.through, 0) GROUP BY a.producer, p.through`;

/** Records that these messages have arrived, in the transaction that stores them. */
export async function recordSequences(
  client: pg.PoolClient,
  messages: readonly Pick<SignedMessage, 'producer' | 'sequence'>[],
): Promise<void> {
  if (messages.length === 0) return;
  const values = [messages.map(({ producer }) => producer), messages.map(({ sequence }) => sequence)];
  await client.query({ ...ARRIVED, values });
}

/** @returns the ranges of a producer's numbers that have not arrived, in ascending order */
export async function missingSequences(
  pool: Pool,
  producer: string,
  [first, last]: SequenceRange,
): Promise<SequenceRange[]> {
  const { rows } = await pool.query<{ through: string; above: string[] }>({
    ...KNOWN,
    values: [producer, first, last],
  });
  const missing: SequenceRange[] = [];
  let next = Math.max(first, Number(rows[0]?.through ?? 0) + 1);
  for (const sequence of (rows[0]?.above ?? []).map(Number)) {
    if (sequence > next) missing.push([next, sequence - 1]);
    next = Math.max(next, sequence + 1);
  }
  if (next <= last) missing.push([next, last]);
  return missing;
}

/** Deletes single numbers that have no gap below them, and moves `through` up instead. */
export async function compactSequences(pool: Pool): Promise<void> {
  await pool.query(ADVANCE);
  await pool.query(COMPACT);
}

/** @returns for each producer with gaps, how many numbers below its highest one are missing */
export async function countGaps(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ producer: string; missing: string }>(GAPS);
  return Object.fromEntries(rows.map(({ producer, missing }) => [producer, Number(missing)]));
}
