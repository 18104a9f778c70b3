/** The marks of other databases, and whether the trail itself has everything (ADR 60, ADR 116). */
import { type Pool, databasePlace } from '@patient-access/database';
import type { DatabaseMark, HighestMark } from '@patient-access/internal-api';

/**
 * Keeps the mark, and in the same statement that the trail was put back: one without the other would be forgotten. $3 is what
 * somebody remembers, $4 where the trail is.
 *
 * The trail was put back if it has a lower mark than somebody remembers, or none of a database that has one: a database
 * counts its first mark only when a trail has answered. Where it only moved, the first one who says so decides.
 */
const KEEP = {
  name: 'keep-database-mark',
  text: `WITH had AS (SELECT coalesce(max(mark), 0) < $3::bigint OR max(mark) IS NULL AND $2::bigint > 0 AS less
                        FROM database_mark WHERE database = $1),
              kept AS (INSERT INTO database_mark AS m (database, mark) VALUES ($1, greatest($2::bigint, $3::bigint))
                       ON CONFLICT (database) DO UPDATE SET mark = greatest(m.mark, excluded.mark), at = now()
                       RETURNING mark),
              noticed AS (UPDATE trail_state
                             SET place = $4, whole_since = CASE WHEN NOT had.less AND ($3::bigint > 0 OR place IS NULL)
                                                                THEN whole_since ELSE now() END
                            FROM had
                           WHERE $4::text IS NOT NULL AND (had.less OR place IS DISTINCT FROM $4))
         SELECT mark FROM kept`,
};
const READ_STATE = { name: 'read-trail-state', text: 'SELECT whole_since FROM trail_state' };

/** @returns since when the trail has everything; null: since its beginning */
async function wholeSince(pool: Pool): Promise<Date | null> {
  const [state] = (await pool.query<{ whole_since: Date | null }>(READ_STATE)).rows;
  if (!state) throw new Error('the trail has no state');
  return state.whole_since;
}

/** Keeps the mark if it is the highest of its database. */
export async function keepMark(pool: Pool, { database, mark, known }: DatabaseMark): Promise<HighestMark> {
  const place = known === undefined ? null : await databasePlace(pool, 'public.trail_state');
  const values = [database, mark, known ?? 0, place];
  const { rows } = await pool.query<{ mark: string }>({ ...KEEP, values });
  const highest = Number(rows[0]?.mark ?? 0);
  if (known === undefined) return { highest };
  return { highest, wholeSince: (await wholeSince(pool))?.toISOString() ?? null };
}
