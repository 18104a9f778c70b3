import type pg from 'pg';
import type { Pool } from './pool.ts';

const BATCH_ROWS = 1_000;
const FETCH = `FETCH ${BATCH_ROWS} FROM rows_in_one_view`;

/**
 * Reads the rows of several statements as they were at one moment, however many there are, some in memory at a time.
 *
 * @param prepare runs first in the transaction, for example to set who reads
 * @returns the rows of one statement after the other, in batches, each with the number of its statement
 */
export async function* inOneView<Row extends object>(
  pool: Pool,
  statements: readonly { text: string; values: unknown[] }[],
  prepare?: (client: pg.PoolClient) => Promise<unknown>,
): AsyncGenerator<{ statement: number; rows: Row[] }> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await prepare?.(client);
    for (const [statement, { text, values }] of statements.entries()) {
      await client.query(`DECLARE rows_in_one_view NO SCROLL CURSOR FOR ${text}`, values);
      for (let count = BATCH_ROWS; count === BATCH_ROWS;) {
        const { rows } = await client.query<Row>(FETCH);
        count = rows.length;
        if (count > 0) yield { statement, rows };
      }
      await client.query('CLOSE rows_in_one_view');
    }
  } finally {
    // Who stops reading in the middle gives the connection back, too. Nothing was written.
    await client.query('ROLLBACK').catch((error: Error) => (failure = error));
    client.release(failure);
  }
}
