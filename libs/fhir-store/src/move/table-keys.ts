/** By which columns the rows of a tenant are gone through, in each table that has some. */
import { type Pool, tablesOfTenants } from '@patient-access/database';

/** A table, and columns that order its rows within a tenant, with their types. */
export interface TenantTable {
  name: string;
  key: readonly { column: string; type: string }[];
}

/** A plan that was deleted is not moved, and this is only about deleted plans. */
const STAYS = 'deleted_plan';
/** The order of tables that have no primary key. Rows with the same values are never divided. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  search_value: ['member', 'type', 'parameter', 'value', 'id'],
};

/** The columns of all tables, and their place in the primary key. */
const COLUMNS = `
  SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
         array_position(i.indkey::int2[], a.attnum) AS place
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
   WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1::text[])
   ORDER BY c.relname, a.attnum`;

interface Column {
  table: string;
  column: string;
  type: string;
  place: number | null;
}

function keyOf(table: string, columns: readonly Column[]): TenantTable['key'] {
  const order = ORDER[table];
  const place = ({ column, place: inKey }: Column) => (order ? order.indexOf(column) : (inKey ?? -1));
  if (!order && columns.every(({ place: inKey }) => inKey === null))
    throw new Error(`the table ${table} has no order in which it can be copied`);
  return columns
    .filter((column) => place(column) >= 0 && column.column !== 'tenant')
    .sort((one, other) => place(one) - place(other))
    .map(({ column, type }) => ({ column, type }));
}

/**
 * @returns the tables whose rows are moved, the same in both databases
 * @throws Error when their columns differ: then one of them is not migrated
 */
export async function tablesToMove(from: Pool, to: Pool): Promise<TenantTable[]> {
  const names = (await tablesOfTenants(from)).filter((name) => name !== STAYS);
  const columnsIn = async (pool: Pool) => (await pool.query<Column>(COLUMNS, [names])).rows;
  const [here, there] = await Promise.all([columnsIn(from), columnsIn(to)]);
  if (JSON.stringify(here) !== JSON.stringify(there))
    throw new Error('the tables of the two databases differ: apply the same migrations to both');
  const columns = Map.groupBy(here, ({ table }) => table);
  return names.map((name) => ({ name, key: keyOf(name, columns.get(name) ?? []) }));
}
