/** Creates databases and their roles. No service role can change what restricts it. */
import pg from 'pg';

/**
 * Connection URLs of one database, one for each role. The owner owns the tables, and only the migration step uses it.
 * The service connects as a role without ownership and without BYPASSRLS. Imports connect as the ingest role. It may
 * write resources, but it may neither read the outbox nor change tables.
 */
export type DatabaseUrls<Further extends string = 'ingest'> = Record<'owner' | 'service' | Further, string>;

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  const verb = rowCount ? 'ALTER' : 'CREATE';
  await client.query(
    `${verb} ROLE ${client.escapeIdentifier(role)} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE ` +
      `PASSWORD ${client.escapeLiteral(password)}`,
  );
}

function urlFor(adminUrl: string, database: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = encodeURIComponent(password);
  url.pathname = `/${database}`;
  return url.href;
}

/**
 * Creates a database with its roles `{database}_owner` and `{database}_service`, and further ones. A second run only
 * sets the passwords. No other role may connect, because PUBLIC loses CONNECT.
 *
 * @param adminUrl connection of a role that may create databases and roles
 * @param password of a role, by its name
 * @param further other roles of this database, by the end of their name
 */
export async function provisionDatabase<Further extends string = 'ingest'>(
  adminUrl: string,
  database: string,
  password: (role: string) => string,
  further: readonly Further[] = ['ingest' as Further],
): Promise<DatabaseUrls<Further>> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const ends = ['owner', 'service', ...further] as const;
    const role = (end: (typeof ends)[number]) => `${database}_${end}`;
    for (const end of ends) await ensureRole(client, role(end), password(role(end)));
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    const quoted = client.escapeIdentifier(database);
    if (!rowCount)
      await client.query(`CREATE DATABASE ${quoted} OWNER ${client.escapeIdentifier(role('owner'))}`);
    await client.query(`REVOKE ALL ON DATABASE ${quoted} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${quoted} TO ${ends.slice(1).map(role).join(', ')}`);
    const urls = ends.map((end) => [end, urlFor(adminUrl, database, role(end), password(role(end)))]);
    return Object.fromEntries(urls) as DatabaseUrls<Further>;
  } finally {
    await client.end();
  }
}
