import type { Pool } from '@patient-access/database';
import type { DatabaseMark } from '@patient-access/internal-api';

const KEEP = {
  name: 'keep-database-mark',
  text: `INSERT INTO database_mark AS m (database, mark) VALUES ($1, $2)
         ON CONFLICT (database) DO UPDATE SET mark = greatest(m.mark, excluded.mark), at = now()
         RETURNING mark`,
};

/** Keeps the mark if it is the highest of its database. @returns the highest */
export async function keepMark(pool: Pool, { database, mark }: DatabaseMark): Promise<number> {
  const { rows } = await pool.query<{ mark: string }>({ ...KEEP, values: [database, mark] });
  return Number(rows[0]?.mark ?? 0);
}
