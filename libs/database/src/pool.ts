import pg from 'pg';
import { firstLook, inOneLine, refuseUnfit } from './first-look.ts';
import { isToBeLeft } from './read-only-server.ts';
import { dropIdle, listenForSilence } from './silent-server.ts';
import { STATEMENT_TIMEOUT_MS, settingColumns, type TransactionSettings } from './settings.ts';
import { withKeptPlans, withSettings, withSettingsOfShared } from './settings-client.ts';

export type Pool = pg.Pool;

/** The client gives up a little later than the server, for a server that does not answer at all. */
const QUERY_TIMEOUT_MS = 2_000;
/** Of a pool, and of one connection that works beside it. */
export const CONNECT_TIMEOUT_MS = 2_000;
/** Of the first connection of a pool, for which no request waits. Where much starts at once, a connection takes long. */
const FIRST_CONNECT_TIMEOUT_MS = 10_000;
/**
 * A server whose node lost its power says nothing. After so long without a byte the kernel asks it, as often and as long as Node
 * sets: ten times, each second. Then the connection is lost, and with it the lock of an outbox that it held (ADR 106).
 */
const KEEPALIVE_MS = 10_000;

export interface PoolOptions extends TransactionSettings {
  /** connections at most */
  max: number;
  connectTimeoutMs?: number;
  /** listens for notices, for which its sessions have to stay: a pooler is refused */
  listens?: boolean;
  /** Requests share statements (batch.ts): each connection prepares the settings with which these keep their plan. */
  sharesStatements?: boolean;
  /**
   * For work of many small transactions that find few rows by their keys: each connection plans a statement once. What reads or
   * writes very many rows at once needs another pool.
   */
  keepsPlans?: boolean;
}

function clientOf({ sharesStatements, keepsPlans, ...settings }: PoolOptions) {
  const columns = settingColumns(settings);
  if (keepsPlans) return withKeptPlans(columns);
  return sharesStatements ? withSettingsOfShared(columns) : withSettings(columns);
}

const connectionLeft = (): Error => new Error('Connection left: its server takes no writes');

/** A pool that gives nobody an idle connection that is to be left. */
class LeavingPool extends pg.Pool {
  /** As node-postgres has it, with all of its forms. */
  override connect(...given: unknown[]): never {
    // The pool removes them before it looks for an idle one, which it does in a later tick.
    dropIdle(this, isToBeLeft, connectionLeft);
    return Reflect.apply(pg.Pool.prototype.connect as unknown as () => unknown, this, given) as never;
  }
}

/** The deadlines of a command that somebody runs. No request waits for it, and on a busy machine it may take long. */
export const COMMAND = { statementTimeoutMs: 120_000, connectTimeoutMs: 30_000 };

/** The time after which the client gives up. */
export const queryTimeoutMs = ({ statementTimeoutMs = STATEMENT_TIMEOUT_MS }: PoolOptions) =>
  statementTimeoutMs + QUERY_TIMEOUT_MS - STATEMENT_TIMEOUT_MS;

/** The options of a connection. */
export function configOf(url: string, options: PoolOptions): pg.PoolConfig {
  const { max, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return {
    connectionString: url,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs(options),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
  };
}

/** Waits longer for the first connection than for those that come later. */
async function lookPatiently(pool: pg.Pool): ReturnType<typeof firstLook> {
  const { options } = pool;
  const { connectionTimeoutMillis: later = 0 } = options;
  options.connectionTimeoutMillis = Math.max(later, FIRST_CONNECT_TIMEOUT_MS);
  return firstLook(pool).finally(() => (options.connectionTimeoutMillis = later));
}

/**
 * Opens a pool. It refuses roles to which row-level security does not apply: superusers, owners of the tables, and
 * roles with BYPASSRLS.
 *
 * @param url connection of the service role
 * @throws Error with one readable line when the role is too strong, a pooler cannot be used, or the database cannot be
 *   reached
 */
export async function createPool(url: string, options: PoolOptions): Promise<Pool> {
  return (await openPool(url, options)).pool;
}

/** The same, with the version of the server (see {@link firstLook}). */
export async function openPool(url: string, options: PoolOptions): Promise<{ pool: Pool; version: number }> {
  const pool = new LeavingPool({ ...configOf(url, options), ...clientOf(options) });
  // A connection that breaks, idle or between two statements, is replaced when it is next used. Without these
  // listeners the error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  listenForSilence(pool);
  // A pool keeps no connection that is ending.
  pool.on('release', (_error, client) => {
    if (isToBeLeft(client)) void (client as pg.PoolClient & pg.Client).end().catch(() => undefined);
  });
  try {
    const look = await lookPatiently(pool);
    refuseUnfit(look, options.listens ?? false);
    return { pool, version: look.version };
  } catch (error) {
    await pool.end();
    throw inOneLine(error);
  }
}
