/** How far this database is: a mark that is counted up every second. See docs/adr/0060. */
import type { Pool } from '@patient-access/database';
import type { RunSql } from '../database.ts';

export interface DatabaseState {
  /** stays the same in a backup */
  id: string;
  mark: number;
  /** the database knows everything up to this instant */
  markedAt: Date;
}

interface Row {
  id: string;
  mark: string;
  marked_at: Date;
}

const READ = 'SELECT id, mark, marked_at FROM database_state';
const COUNT = 'UPDATE database_state SET mark = mark + 1, marked_at = now() RETURNING mark';
const RAISE = 'UPDATE database_state SET mark = greatest(mark, $1) + 1, marked_at = now() RETURNING mark';

const toState = (row: Row | undefined): DatabaseState => {
  if (!row) throw new Error('the database has no state');
  return { id: row.id, mark: Number(row.mark), markedAt: row.marked_at };
};

export const readState = async (pool: Pool): Promise<DatabaseState> =>
  toState((await pool.query<Row>(READ)).rows[0]);

/** @returns the state, locked until the transaction ends */
export const lockState = async (query: RunSql): Promise<DatabaseState> =>
  toState((await query<Row>(`${READ} FOR UPDATE`, []))[0]);

/** @returns the new mark */
export const countMark = async (pool: Pool): Promise<number> =>
  Number((await pool.query<{ mark: string }>(COUNT)).rows[0]?.mark);

/** Sets the mark above the one that was confirmed elsewhere: what ended has been applied. */
export async function raiseMark(query: RunSql, confirmed: number): Promise<void> {
  await query(RAISE, [confirmed]);
}
