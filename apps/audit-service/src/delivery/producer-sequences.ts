/** Which of each producer's numbers have arrived. */
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

/** The run of numbers that follows on `through` without a gap: there, number and position differ by `through`. */
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

/** Records, in the transaction that stores them, that these have arrived. */
export async function recordSequences(
  client: pg.PoolClient,
  messages: readonly Pick<SignedMessage, 'producer' | 'sequence'>[],
): Promise<void> {
  if (messages.length === 0) return;
  const values = [messages.map(({ producer }) => producer), messages.map(({ sequence }) => sequence)];
  await client.query({ ...ARRIVED, values });
}

/** @returns what of a producer's numbers has not arrived, in order */
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

/** Forgets single numbers where there is no gap below them. */
export async function compactSequences(pool: Pool): Promise<void> {
  await pool.query(ADVANCE);
  await pool.query(COMPACT);
}

/** @returns by producer, how many numbers are missing below the highest that has arrived; none where it is none */
export async function countGaps(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ producer: string; missing: string }>(GAPS);
  return Object.fromEntries(rows.map(({ producer, missing }) => [producer, Number(missing)]));
}
