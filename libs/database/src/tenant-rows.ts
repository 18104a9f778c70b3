/** All rows of a tenant in a database, for who deletes a tenant. */
import type pg from 'pg';
import { inTransaction } from './transaction.ts';
import type { Pool } from './pool.ts';

/** Rows in a transaction: it takes less than a second, and what was begun goes on after a stop. */
const BATCH_ROWS = 5_000;

/** Every table that says whose its rows are, also those that later migrations bring. */
const TABLES = `
  SELECT c.table_name AS name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
   WHERE c.table_schema = 'public' AND c.column_name = 'tenant' AND t.table_type = 'BASE TABLE'
   ORDER BY c.table_name`;
/** A scan would read again and again the rows that went already. */
const BY_INDEX =
  "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)";

/** @returns the names of the tables with a column `tenant` */
export async function tablesOfTenants(pool: Pool): Promise<string[]> {
  return (await pool.query<{ name: string }>(TABLES)).rows.map(({ name }) => name);
}

/**
 * Deletes the rows that a table has of a tenant, some thousand in each transaction.
 *
 * @param table with a column `tenant` that an index begins with
 * @param onBegin runs first in each transaction
 * @param returning SQL for what {@link onGone} is told of each row
 * @returns how many rows went
 */
export async function deleteTenantRows(
  pool: Pool,
  table: string,
  tenant: string,
  {
    onBegin,
    returning = 'NULL',
    onGone,
  }: {
    onBegin?: (client: pg.PoolClient) => Promise<unknown>;
    returning?: string;
    onGone?: (rows: readonly Record<string, unknown>[]) => void;
  } = {},
): Promise<number> {
  const some = `SELECT ctid FROM "${table}" WHERE tenant = $1 LIMIT ${BATCH_ROWS}`;
  const text = `DELETE FROM "${table}" WHERE ctid = ANY (ARRAY(${some})) RETURNING ${returning}`;
  for (let all = 0; ;) {
    const { rows } = await inTransaction(pool, async (client) => {
      await onBegin?.(client);
      await client.query(BY_INDEX);
      return client.query<Record<string, unknown>>(text, [tenant]);
    });
    onGone?.(rows);
    all += rows.length;
    if (rows.length === 0) return all;
  }
}
