import pg from 'pg';

export type Pool = pg.Pool;

/** SQL that runs longer than this is cancelled by the server (security rule: deadlines everywhere). */
const STATEMENT_TIMEOUT_MS = 1_500;
/** The client gives up a little later than the server, for a server that does not answer at all. */
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
  /** makes every transaction read-only, whatever the role may do */
  readOnly?: boolean;
  /**
   * Forbids sequential scans. It is meant for tables in which rows stay only for a moment, such as the outbox. Their
   * statistics are always out of date, and a sequential scan reads all dead rows since the last vacuum.
   */
  byIndex?: boolean;
  statementTimeoutMs?: number;
  connectTimeoutMs?: number;
}

/** The deadlines of a command that somebody runs. No request waits for it, and on a busy machine it may take long. */
export const COMMAND = { statementTimeoutMs: 120_000, connectTimeoutMs: 30_000 };

/** The time after which the client gives up. */
export const queryTimeoutMs = ({ statementTimeoutMs = STATEMENT_TIMEOUT_MS }: PoolOptions) =>
  statementTimeoutMs + QUERY_TIMEOUT_MS - STATEMENT_TIMEOUT_MS;

/** What a connection may do, as settings of Postgres beside its deadline. */
const settingsOf = ({ readOnly, byIndex }: PoolOptions): Record<string, string> => ({
  ...(readOnly && { default_transaction_read_only: 'on' }),
  ...(byIndex && { enable_seqscan: 'off', enable_bitmapscan: 'off', max_parallel_workers_per_gather: '0' }),
});

/** The options of a connection: its deadlines, and what it may do. */
export function configOf(url: string, options: PoolOptions): pg.PoolConfig {
  const { max, statementTimeoutMs = STATEMENT_TIMEOUT_MS, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const settings = Object.entries(settingsOf(options)).map(([name, value]) => `-c ${name}=${value}`);
  return {
    connectionString: url,
    max,
    ...(settings.length > 0 && { options: settings.join(' ') }),
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: queryTimeoutMs(options),
  };
}

const IN_FORCE = 'SELECT name, setting FROM pg_settings WHERE name = ANY($1)';
const DIRECTLY =
  'connect to Postgres itself, without a pooler and without settings in the URL (docs/operate.md)';

/** A pooler may drop the settings of a connection silently: deadlines, and that it only reads (ADR 117). */
async function refuseOtherSettings(pool: pg.Pool, options: PoolOptions): Promise<void> {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const asked = new Map(
    Object.entries({ statement_timeout: String(statementTimeoutMs), ...settingsOf(options) }),
  );
  const { rows } = await pool.query<{ name: string; setting: string }>(IN_FORCE, [[...asked.keys()]]);
  const others = rows.filter(({ name, setting }) => asked.get(name) !== setting).map(({ name }) => name);
  if (others.length === 0) return;
  await pool.end();
  throw new Error(`${others.join(', ')}: not as this connection has asked; ${DIRECTLY}`);
}

/** @returns the error of a first connection; where nothing listens, or a pooler does, in words that say what to do */
function inWords(error: unknown): unknown {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  // As PgBouncer says it.
  if (/unsupported startup parameter/.test((error as Error).message))
    return new Error(`a pooler refuses the settings of a connection; ${DIRECTLY}`, { cause: error });
  if (code !== 'ECONNREFUSED') return error;
  const isHere = address !== undefined && /^(127\.|::1$)/.test(address);
  const hint = isHere ? ' (is the preview stopped? npm start)' : '';
  return new Error(`no database listens at ${address}:${port}${hint}`, { cause: error });
}

/**
 * Opens a pool. It refuses roles to which row-level security does not apply: superusers, owners of the tables, and
 * roles with BYPASSRLS.
 *
 * @param url connection of the service role
 * @throws Error with one readable line when the role is too strong, the settings are not in force, or the database cannot be
 *   reached
 */
export async function createPool(url: string, options: PoolOptions): Promise<Pool> {
  const pool = new pg.Pool(configOf(url, options));
  // A connection that breaks, idle or between two statements, is replaced when it is next used. Without these
  // listeners the error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  await refuseDangerousRole(pool).catch((error: unknown) => {
    throw inWords(error);
  });
  await refuseOtherSettings(pool, options);
  return pool;
}
