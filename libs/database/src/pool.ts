import pg from 'pg';

export type Pool = pg.Pool;

/** SQL that runs longer than this is cancelled by the server (security rule: deadlines everywhere). */
const STATEMENT_TIMEOUT_MS = 1_500;
/** The client gives up a little later, for a server that does not answer at all. */
const QUERY_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;

const DANGEROUS_ROLE = `
  SELECT r.rolsuper AS superuser, r.rolbypassrls AS bypassrls,
         EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')
                 AND c.relnamespace = 'public'::regnamespace) AS owner
    FROM pg_roles r WHERE r.rolname = current_user`;

async function refuseDangerousRole(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<Record<'superuser' | 'bypassrls' | 'owner', boolean>>(DANGEROUS_ROLE);
  const found = Object.entries(rows[0] ?? {}).filter(([, held]) => held);
  if (found.length > 0) {
    await pool.end();
    const what = found.map(([name]) => name).join(', ');
    throw new Error(`DATABASE_URL connects as a role that row-level security does not bind (${what})`);
  }
}

export interface PoolOptions {
  /** connections at most */
  max: number;
  /** every transaction is, whatever the role may do */
  readOnly?: boolean;
  /**
   * Rows are found by an index, whatever is believed of the tables: of one that rows only pass through, statistics and
   * plans are those of another moment, and a look at all of it is a look at all that has passed since the last vacuum.
   */
  byIndex?: boolean;
  statementTimeoutMs?: number;
  connectTimeoutMs?: number;
}

/** The deadlines of a command that somebody runs: no request waits for it, and a busy machine may take its time. */
export const COMMAND = { statementTimeoutMs: 120_000, connectTimeoutMs: 30_000 };

/** After how long the client gives up. */
export const queryTimeoutMs = ({ statementTimeoutMs = STATEMENT_TIMEOUT_MS }: PoolOptions) =>
  statementTimeoutMs + QUERY_TIMEOUT_MS - STATEMENT_TIMEOUT_MS;

/** How a connection is opened: with its deadlines, and as what the role may be used for. */
export function configOf(url: string, options: PoolOptions): pg.PoolConfig {
  const { max, readOnly, byIndex } = options;
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const settings = [
    ...(readOnly ? ['default_transaction_read_only=on'] : []),
    ...(byIndex ? ['enable_seqscan=off', 'enable_bitmapscan=off', 'max_parallel_workers_per_gather=0'] : []),
  ];
  return {
    connectionString: url,
    max,
    ...(settings.length > 0 && { options: settings.map((setting) => `-c ${setting}`).join(' ') }),
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: queryTimeoutMs(options),
  };
}

/**
 * Opens a pool, and refuses a role for which row-level security would be void: a superuser, an owner of the
 * tables, a role with BYPASSRLS.
 *
 * @param url connection of the service role
 * @throws Error with one readable line when the role is too strong or the database cannot be reached
 */
export async function createPool(url: string, options: PoolOptions): Promise<Pool> {
  const pool = new pg.Pool(configOf(url, options));
  // A connection that dies, idle or between two statements, is replaced at its next use; without these listeners it
  // would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  await refuseDangerousRole(pool);
  return pool;
}
