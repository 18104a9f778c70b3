/** What a pool asks its first connection, before anybody uses it: is the role bound, and is a pooler in between? */
import type pg from 'pg';

/** A name that a statement has at Postgres itself. A pooler that keeps prepared statements gives it another one there. */
const NAME = 'first-look';
const FIRST_LOOK = {
  name: NAME,
  text: `SELECT r.rolsuper AS superuser, r.rolbypassrls AS bypassrls,
                EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')
                        AND c.relnamespace = 'public'::regnamespace) AS owner,
                pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version,
                EXISTS (SELECT 1 FROM pg_prepared_statements WHERE name = '${NAME}') AS named
           FROM pg_roles r WHERE r.rolname = current_user`,
};

interface FirstLook {
  /** what lifts the role above row-level security */
  powers: string[];
  /** the server is not who has answered the login */
  isPooled: boolean;
  /** the pooler leaves prepared statements on a connection that is another's next */
  leavesStatements: boolean;
  /** of the server, as its setting `server_version_num`: 170012 is 17.12 */
  version: number;
}

type Row = Record<'superuser' | 'bypassrls' | 'owner' | 'named', boolean> & Record<'pid' | 'version', number>;

/** Looks at a database through a pool. */
export async function firstLook(pool: pg.Pool): Promise<FirstLook> {
  const client = await pool.connect();
  try {
    const { pid, version, named, ...held } = (await client.query<Row>(FIRST_LOOK)).rows[0] as Row;
    const isPooled = (client as unknown as { processID: number }).processID !== pid;
    const powers = Object.entries(held).flatMap(([name, has]) => (has ? [name] : []));
    return { powers, isPooled, leavesStatements: isPooled && named, version };
  } finally {
    client.release();
  }
}

const POOLERS = '(docs/operate.md#poolers)';
const LEAVES = `the pooler keeps no prepared statements: PgBouncer 1.21 or later, pool_mode = transaction, max_prepared_statements = 200 ${POOLERS}`;
const LISTENS = `DATABASE_URL leads to a pooler, but this service listens to changes in a session of its own: name Postgres itself ${POOLERS}`;

/** @throws Error with one readable line */
export function refuseUnfit({ powers, isPooled, leavesStatements }: FirstLook, listens: boolean): void {
  if (powers.length > 0)
    throw new Error(
      `DATABASE_URL connects as a role that row-level security does not bind (${powers.join(', ')})`,
    );
  if (isPooled && listens) throw new Error(LISTENS);
  if (leavesStatements) throw new Error(LEAVES);
}

/** invalid_sql_statement_name, duplicate_prepared_statement: of a connection that was another's before */
const LEFT: ReadonlySet<unknown> = new Set(['26000', '42P05']);

/** @returns the error of a first connection, in one line that says what to do */
export function inOneLine(error: unknown): unknown {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (LEFT.has(code)) return new Error(LEAVES, { cause: error });
  if (code !== 'ECONNREFUSED') return error;
  const isHere = address !== undefined && /^(127\.|::1$)/.test(address);
  const hint = isHere ? ' (that of a preview: npm start)' : '';
  const line = `no database listens at ${address}:${port}: start it, or correct the setting with this address${hint}`;
  return new Error(line, { cause: error });
}
