import type pg from 'pg';

/** Limits the parameters of one statement: Postgres takes 65,535. */
const MAX_ROWS_PER_STATEMENT = 2_000;

function multiRow(table: string, columns: string[], rows: unknown[][]) {
  const tuples = rows.map(
    (row, at) => `(${row.map((_, column) => `$${at * columns.length + column + 1}`).join(',')})`,
  );
  return {
    // One row alone is the one statement that comes again: it need not be parsed again.
    ...(rows.length === 1 && { name: `insert-one-${table}` }),
    text: `INSERT INTO ${table} (${columns.join(',')}) VALUES ${tuples.join(',')}`,
    values: rows.flat(),
  };
}

/** Inserts many rows in each statement. A row has one value for each column. */
export async function insertRows(
  client: pg.PoolClient,
  table: string,
  columns: string[],
  rows: unknown[][],
): Promise<void> {
  for (let from = 0; from < rows.length; from += MAX_ROWS_PER_STATEMENT) {
    await client.query(multiRow(table, columns, rows.slice(from, from + MAX_ROWS_PER_STATEMENT)));
  }
}
