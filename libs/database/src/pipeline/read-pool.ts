import pg from 'pg';
import { PipelinedConnection, type PipelinedStatement } from './connection.ts';
import { Lane } from './lane.ts';
import { configOf, createPool, type PoolOptions, queryTimeoutMs } from '../pool.ts';

/** Rows of one statement, with `body` as the bytes that are stored. */
type Rows<Row> = Row[];

/** Connections for reading, on which requests do not wait for one another's answers. */
export interface ReadPool {
  /**
   * Runs statements one after the other in one transaction of their own, in one trip.
   *
   * @throws Error of the database, and then nothing of what it gave
   */
  run<Row>(statements: readonly PipelinedStatement[]): Promise<Rows<Row>[]>;
  query<Row>(text: string, values?: unknown[]): Promise<{ rows: Rows<Row> }>;
  end(): Promise<void>;
}

/** Of all connections, what is for reads by key: one of so many. */
const SHARE_BY_KEY = 4;
/** More than this on one connection would wait longer than a new connection takes. */
const DEPTH = 64;
/** Whoever waits for a connection knows within a second: it is wanted elsewhere, or nothing comes back on it (P05). */
const WAIT_MS = 1_000;
/** For each connection. The time bounds the queue before; this keeps it short where answers are quick. */
const WAITING = 512;

function lanes(open: () => Promise<PipelinedConnection>, max: number): { byKey: Lane; others: Lane } {
  const lane = (connections: number, depth: number) =>
    new Lane(open, { connections, depth, waiting: WAITING, waitMs: WAIT_MS });
  if (max === 1) {
    const only = lane(1, 1);
    return { byKey: only, others: only };
  }
  const forKeys = Math.max(1, Math.floor(max / SHARE_BY_KEY));
  // What may take long has a connection for itself: nobody is kept waiting by another's search.
  return { byKey: lane(forKeys, DEPTH), others: lane(max - forKeys, 1) };
}

/**
 * Opens connections as {@link createPool} does, every transaction being read-only whatever the role may do.
 *
 * @param url connection of the service role
 * @param options.max connections at most
 * @throws Error with one readable line when the role is too strong or the database cannot be reached
 */
export async function createReadPool(url: string, given: Omit<PoolOptions, 'readOnly'>): Promise<ReadPool> {
  const options = { ...given, readOnly: true };
  await (await createPool(url, options)).end();
  const { byKey, others } = lanes(async () => {
    const client = new pg.Client(configOf(url, options));
    await client.connect();
    return new PipelinedConnection(client, queryTimeoutMs(options));
  }, given.max);
  const run = <Row>(statements: readonly PipelinedStatement[]) => {
    const lane = statements.every((statement) => statement.byKey) ? byKey : others;
    return lane.run(statements) as Promise<Rows<Row>[]>;
  };
  return {
    run,
    async query<Row>(text: string, values: unknown[] = []) {
      const [rows = []] = await run<Row>([{ text, values }]);
      return { rows };
    },
    async end() {
      await Promise.all([byKey.close(), others.close()]);
    },
  };
}
