/**
 * Any rows of a tenant in every table of a database, for tests that everything of a tenant goes. Tables that later migrations
 * bring are among them.
 */

/** A connection as a role that may change the schema. */
interface Superuser {
  query<Row extends object>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

/** SQL for any value of a type. */
const ANY: Readonly<Record<string, string>> = {
  text: "'x'",
  bytea: "'x'",
  boolean: 'false',
  uuid: 'gen_random_uuid()',
  date: 'current_date',
  inet: "'192.0.2.1'",
  json: "'{}'",
  jsonb: "'{}'",
  'timestamp with time zone': 'now()',
  ARRAY: "'{}'",
};

const TABLES = `
  SELECT table_name AS name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
   WHERE c.table_schema = 'public' AND column_name = 'tenant' AND t.table_type = 'BASE TABLE' ORDER BY 1`;
const CHECKS = `
  SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS text
    FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 AND connamespace = 'public'::regnamespace`;
/** What a row needs besides its tenant. */
const NEEDED = `
  SELECT column_name AS name, data_type AS type FROM information_schema.columns
   WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL
     AND column_name <> 'tenant' AND is_generated = 'NEVER' AND is_identity = 'NO'`;

/** @returns the tables that say whose their rows are */
export async function tenantTables(db: Superuser): Promise<string[]> {
  return (await db.query<{ name: string }>(TABLES)).rows.map(({ name }) => name);
}

/** @returns how many rows each table has of the tenant, where it has any */
export async function rowsOfTenant(db: Superuser, tenant: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const name of await tenantTables(db)) {
    const text = `SELECT count(*)::int AS count FROM "${name}" WHERE tenant = $1`;
    const [row] = (await db.query<{ count: number }>(text, [tenant])).rows;
    if (row?.count) found[name] = row.count;
  }
  return found;
}

/**
 * Puts any row into each table that has none of the tenant. Checks of values are dropped, because the values mean nothing.
 *
 * @param but tables that stay empty
 */
export async function fillTenantTables(
  db: Superuser,
  tenant: string,
  but: readonly string[] = [],
): Promise<void> {
  const filled = await rowsOfTenant(db, tenant);
  for (const { text } of (await db.query<{ text: string }>(CHECKS)).rows) await db.query(text);
  for (const table of await tenantTables(db)) {
    if (table in filled || but.includes(table)) continue;
    const { rows } = await db.query<{ name: string; type: string }>(NEEDED, [table]);
    const names = rows.map(({ name }) => `, "${name}"`).join('');
    const values = rows.map(({ type }) => `, ${ANY[type] ?? '1'}`).join('');
    // Without triggers and foreign keys: the rows need no others.
    await db.query(
      `SET LOCAL session_replication_role = replica; INSERT INTO "${table}" (tenant${names}) VALUES ('${tenant}'${values})`,
    );
  }
}
