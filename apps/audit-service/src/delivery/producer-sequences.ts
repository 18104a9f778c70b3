/**
 * Which of each producer's numbers have arrived: those of the records in its batches, and those of records that are no events.
 * A batch with a record that no table can hold is stored record by record, and in between the database may fail. The numbers of
 * its other records (`elsewhere`) do not count as arrived with it, or their producer would delete what is not stored yet.
 *
 * A number that the operators recorded as lost (lost-numbers.ts) is no gap any more. It has not arrived either: an outbox that has
 * it after all sends it again.
 */
import type { Pool } from '@patient-access/database';
import type { SequenceRange } from '@patient-access/events';
import type pg from 'pg';

const NEW_PRODUCER = {
  name: 'new-producer',
  text: 'INSERT INTO producer (name) VALUES ($1) ON CONFLICT DO NOTHING',
};
const ARRIVED = {
  name: 'record-sequences',
  text: `INSERT INTO arrival (producer, sequence)
         SELECT DISTINCT $1, sequence FROM unnest($2::bigint[]) AS a (sequence) ORDER BY sequence
             ON CONFLICT (producer, sequence) DO UPDATE SET lost = false WHERE arrival.lost`,
};

/**
 * Each start of a process makes a producer, and none is deleted. Questions about gaps pass over the producers that rest (ADR 151).
 * Any number that comes of a resting producer ends its rest (wake_producer, in the migrations).
 */
const AWAKE = '(p.rests_from IS NULL OR p.rests_from > now())';

/** While a plan is held, its numbers are missing, and those of others above them may become millions: too many for one statement. */
const AT_ONCE = 50_000;

/**
 * SQL: of a producer `p`, the numbers above `through`. A batch may begin among them and end far above.
 *
 * @param most how many numbers above it are looked at; undefined: all
 */
export function numbersAbove(most?: number): string {
  const upTo = (number: string) => (most === undefined ? '' : `AND ${number} <= p.through + ${most}`);
  return `
  SELECT n.sequence FROM trail.batch b, unnest(b.sequences) AS n (sequence)
   WHERE b.producer = p.name AND b.last > p.through ${upTo('b.first')}
     AND n.sequence > p.through ${upTo('n.sequence')} AND n.sequence <> ALL (b.elsewhere)
  UNION
  SELECT a.sequence FROM arrival a
   WHERE a.producer = p.name AND a.sequence > p.through ${upTo('a.sequence')}`;
}

const ABOVE = numbersAbove(AT_ONCE);

const KNOWN = {
  name: 'known-sequences',
  text: `SELECT coalesce((SELECT through FROM producer WHERE name = $1), 0) AS through,
                ARRAY(SELECT n.sequence FROM trail.batch b, unnest(b.sequences) AS n (sequence)
                       WHERE b.producer = $1 AND b.last >= $2 AND b.first <= $3 AND n.sequence BETWEEN $2 AND $3
                         AND n.sequence <> ALL (b.elsewhere)
                      UNION
                      SELECT a.sequence FROM arrival a WHERE a.producer = $1 AND a.sequence BETWEEN $2 AND $3
                         AND NOT a.lost
                       ORDER BY 1) AS arrived,
                ARRAY(SELECT a.sequence FROM arrival a WHERE a.producer = $1 AND a.sequence BETWEEN $2 AND $3
                         AND a.lost
                       ORDER BY 1) AS lost`,
};

/** Finds the numbers that follow `through` without a gap. For these, the number minus its position equals `through`. */
const ADVANCE = `
  WITH placed AS (
         SELECT p.name, p.through, n.sequence, row_number() OVER (PARTITION BY p.name ORDER BY n.sequence) AS nth
           FROM producer p CROSS JOIN LATERAL (${ABOVE}) n
          WHERE ${AWAKE})
  UPDATE producer p SET through = run.last
    FROM (SELECT name, max(sequence) AS last FROM placed WHERE sequence = through + nth GROUP BY name) run
   WHERE p.name = run.name AND p.through < run.last`;
/** What is lost stays: nothing else remembers it. */
const COMPACT =
  'DELETE FROM arrival USING producer WHERE name = producer AND sequence <= through AND NOT lost';

/** A producer `p` has sent nothing for a day, and none of its numbers is missing. A producer without a batch has sent no event. */
const IS_QUIET = `
  coalesce((SELECT b.last <= p.through AND b.stored < now() - interval '1 day'
              FROM trail.batch b WHERE b.producer = p.name ORDER BY b.last DESC LIMIT 1), true)
  AND NOT EXISTS (SELECT FROM arrival a WHERE a.producer = p.name AND a.sequence > p.through)`;
/**
 * A producer rests five minutes after it was found quiet. A batch that was being stored at that moment was not seen, and did not
 * end the rest, because there was none yet. The statement runs again in these minutes, and sees the batch.
 */
const REST = `
  UPDATE producer p SET rests_from = CASE WHEN p.rests_from IS NULL THEN now() + interval '5 minutes' END
   WHERE ${AWAKE} AND (p.rests_from IS NULL) = (${IS_QUIET})`;

/** The highest number is found by indexes. Those above `through` and up to it that are not there are missing. */
const GAPS = `
  SELECT p.name AS producer, least(h.highest, p.through + ${AT_ONCE}) - p.through - count(n.sequence) AS missing
    FROM producer p
   CROSS JOIN LATERAL (SELECT greatest((SELECT max(b.last) FROM trail.batch b WHERE b.producer = p.name),
                                       (SELECT max(a.sequence) FROM arrival a WHERE a.producer = p.name)) AS highest) h
    LEFT JOIN LATERAL (${ABOVE}) n ON true
   WHERE ${AWAKE} AND h.highest > p.through
   GROUP BY p.name, p.through, h.highest`;

/**
 * The mark is moved every minute at least ({@link compactSequences}). So where a batch above it is older than that, a number below
 * has not come. One is enough, and the index has those next to the mark first.
 */
const BEHIND = `
  SELECT count(*)::int AS behind FROM producer p
   WHERE ${AWAKE}
     AND EXISTS (SELECT FROM trail.batch b WHERE b.producer = p.name AND b.last > p.through
                    AND b.stored < now() - interval '2 minutes')`;

/** Records, in the transaction that stores them, that these have arrived although they are no events. */
export async function recordSequences(
  client: pg.PoolClient,
  producer: string,
  sequences: readonly number[],
): Promise<void> {
  await client.query({ ...NEW_PRODUCER, values: [producer] });
  if (sequences.length > 0) await client.query({ ...ARRIVED, values: [producer, sequences] });
}

/** What the database knows of some of a producer's numbers, in ascending order. */
interface KnownRow {
  through: string;
  arrived: string[];
  lost: string[];
}

/** @returns the ranges of a producer's numbers that have not arrived, in ascending order */
export async function missingSequences(
  pool: Pick<Pool, 'query'> | pg.Client,
  producer: string,
  [first, last]: SequenceRange,
): Promise<SequenceRange[]> {
  const { rows } = await pool.query<KnownRow>({ ...KNOWN, values: [producer, first, last] });
  const [{ through, ...known } = { through: '0', arrived: [], lost: [] }] = rows;
  const arrived = known.arrived.map(Number);
  const isThere = new Set(arrived);
  const missing: SequenceRange[] = [];
  const add = (from: number, to: number) => {
    const before = missing.at(-1);
    if (before && before[1] === from - 1) before[1] = to;
    else missing.push([from, to]);
  };
  for (const sequence of known.lost.map(Number))
    if (sequence <= Number(through) && !isThere.has(sequence)) add(sequence, sequence);
  let next = Math.max(first, Number(through) + 1);
  for (const sequence of arrived) {
    if (sequence > next) add(next, sequence - 1);
    next = Math.max(next, sequence + 1);
  }
  if (next <= last) add(next, last);
  return missing;
}

/**
 * Moves the mark below which nothing is missing, by {@link AT_ONCE} at most, and lets those rest of whom nothing comes any more.
 *
 * @returns whether a mark moved
 */
export async function compactSequences(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query(ADVANCE);
  await pool.query(COMPACT);
  await pool.query(REST);
  return (rowCount ?? 0) > 0;
}

/**
 * @returns for each producer with gaps, how many numbers below its highest one are missing, at least: only the {@link AT_ONCE} above
 *   its mark are looked at. The mark stands before the first gap, or comes to it in a few steps.
 */
export async function countGaps(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ producer: string; missing: string }>(GAPS);
  return Object.fromEntries(rows.map(({ producer, missing }) => [producer, Number(missing)]));
}

/** @returns of how many producers a number is missing below one that arrived two minutes ago or more */
export async function countBehind(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ behind: number }>(BEHIND);
  return rows[0]?.behind ?? 0;
}
