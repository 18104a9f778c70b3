/** The marks of other databases, and whether the trail itself has everything (ADR 60, ADR 116). */
import { type Pool, databasePlace } from '@patient-access/database';
import type { DatabaseMark, HighestMark } from '@patient-access/internal-api';

const KEEP = {
  name: 'keep-database-mark',
  text: `WITH had AS (SELECT mark FROM database_mark WHERE database = $1)
         INSERT INTO database_mark AS m (database, mark) VALUES ($1, $2)
         ON CONFLICT (database) DO UPDATE SET mark = greatest(m.mark, excluded.mark), at = now()
         RETURNING mark, (SELECT mark FROM had) AS had`,
};
const READ_STATE = { name: 'read-trail-state', text: 'SELECT place, whole_since FROM trail_state' };
/** $3: somebody remembers more than the trail has. Where it only moved, the first one who says so decides. */
const SET_STATE = `
  UPDATE trail_state SET place = $1, whole_since = CASE WHEN $2 AND NOT $3 OR place IS NULL THEN whole_since ELSE now() END
   WHERE $3 OR place IS DISTINCT FROM $1`;

interface TrailState {
  place: string | null;
  whole_since: Date | null;
}

async function readState(pool: Pool): Promise<TrailState> {
  const [state] = (await pool.query<TrailState>(READ_STATE)).rows;
  if (!state) throw new Error('the trail has no state');
  return state;
}

/**
 * The trail is whole if whoever asks remembers a mark that it still has. It is not if it has a lower one, or if it is in
 * another place and nobody remembers.
 *
 * @returns since when the trail has everything; null: since its beginning
 */
async function wholeSince(pool: Pool, known: number, had: number): Promise<Date | null> {
  const [before, place] = await Promise.all([readState(pool), databasePlace(pool, 'public.trail_state')]);
  const lost = had < known;
  if (!lost && before.place === place) return before.whole_since;
  await pool.query(SET_STATE, [place, known > 0, lost]);
  return (await readState(pool)).whole_since;
}

/** Keeps the mark if it is the highest of its database. */
export async function keepMark(pool: Pool, { database, mark, known }: DatabaseMark): Promise<HighestMark> {
  const values = [database, Math.max(mark, known ?? 0)];
  const { rows } = await pool.query<{ mark: string; had: string | null }>({ ...KEEP, values });
  const highest = Number(rows[0]?.mark ?? 0);
  if (known === undefined) return { highest };
  const since = await wholeSince(pool, known, Number(rows[0]?.had ?? 0));
  return { highest, wholeSince: since?.toISOString() ?? null };
}
