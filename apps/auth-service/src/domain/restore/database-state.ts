/** How far this database is: a mark that is counted up every second. See docs/adr/0060. And where it is: docs/adr/0116. */
import { type Pool, databasePlace } from '@patient-access/database';
import type { RunSql } from '../database.ts';

export interface DatabaseState {
  /** stays the same in a backup */
  id: string;
  mark: number;
  /** the database knows everything up to this instant */
  markedAt: Date;
  /** where it was when its mark was counted last; null: it was not yet */
  place: string | null;
}

interface Row {
  id: string;
  mark: string;
  marked_at: Date;
  place: string | null;
}

const READ = 'SELECT id, mark, marked_at, place FROM database_state';
const COUNT =
  'UPDATE database_state SET mark = mark + 1, marked_at = now(), place = $1 WHERE mark >= $2 RETURNING mark';
const RAISE = 'UPDATE database_state SET mark = greatest(mark, $1) + 1, marked_at = now(), place = $2';

const toState = ({ id, mark, marked_at: markedAt, place }: Row): DatabaseState => ({
  id,
  mark: Number(mark),
  markedAt,
  place,
});

function only(rows: readonly Row[]): DatabaseState {
  const [row] = rows;
  if (!row) throw new Error('the database has no state');
  return toState(row);
}

export const readState = async (pool: Pool): Promise<DatabaseState> =>
  only((await pool.query<Row>(READ)).rows);

/** @returns where the database is now */
export const currentPlace = (pool: Pool): Promise<string> => databasePlace(pool, 'public.database_state');

/** @returns the state, locked until the transaction ends */
export const lockState = async (query: RunSql): Promise<DatabaseState> =>
  only(await query<Row>(`${READ} FOR UPDATE`, []));

/**
 * @param least mark of the database that was found to be the newest
 * @returns the new mark; undefined: an older database has taken its place since
 */
export async function countMark(pool: Pool, place: string, least: number): Promise<number | undefined> {
  const [counted] = (await pool.query<{ mark: string }>(COUNT, [place, least])).rows;
  return counted && Number(counted.mark);
}

/** Sets the mark above another one: what ended has been applied, and the database is where it belongs. */
export async function raiseMark(query: RunSql, above: number, place: string): Promise<void> {
  await query(RAISE, [above, place]);
}
