import { inSpan } from '@patient-access/tracing';
import type { PipelinedConnection, PipelinedStatement } from './connection.ts';
import { FairPipeline } from './fair-pipeline.ts';
import { countedTogether, Pipeline, type PoolCounts } from './pipeline.ts';
import { openPool, type PoolOptions } from '../pool.ts';
import { settingColumns } from '../settings.ts';
import { beginningWith, opening } from './with-settings.ts';

/** The rows of one statement. `body` stays the bytes that are stored. */
type Rows<Row> = Row[];

/** Connections for reading, on which requests do not wait for the answers to other requests. */
export interface ReadPool {
  /** how busy it is now */
  readonly counts: PoolCounts;
  /** of the server when the pool was opened, as its setting `server_version_num`: 170012 is 17.12 */
  readonly version: number;
  /**
   * Runs statements one after the other, in their own transaction and in one round trip.
   *
   * @throws Error of the database; there are no results then
   */
  run<Row>(statements: readonly PipelinedStatement[]): Promise<Rows<Row>[]>;
  query<Row>(text: string, values?: unknown[]): Promise<{ rows: Rows<Row> }>;
  end(): Promise<void>;
}

/** One in this many connections is for reads by key. */
const SHARE_BY_KEY = 4;
/** More batches than this on one connection would wait longer than a new connection takes. */
const DEPTH = 64;
/** A request waits for a connection for one second at most (P05), a command as long as for a new connection. */
const WAIT_MS = 1_000;
/**
 * The most requests that wait for one connection. Usually WAIT_MS limits the queue; this limit keeps it short when
 * answers are quick.
 */
const WAITING = 512;

function openPipelines(
  open: () => Promise<PipelinedConnection>,
  max: number,
  waitMs: number,
): { byKey: Pipeline; others: Pipeline } {
  const limits = { waiting: WAITING, waitMs };
  // A statement that may take long gets a connection of its own, so that no other request waits for it.
  const alone = (connections: number) => new FairPipeline(open, { ...limits, connections, depth: 1 });
  if (max === 1) {
    const only = alone(1);
    return { byKey: only, others: only };
  }
  const forKeys = Math.max(1, Math.floor(max / SHARE_BY_KEY));
  const byKey = new Pipeline(open, { ...limits, connections: forKeys, depth: DEPTH });
  return { byKey, others: alone(max - forKeys) };
}

/**
 * Opens connections as {@link openPool} does. Every transaction is read-only, whatever the role may do.
 *
 * @param url connection of the service role
 * @param options.max connections at most
 * @throws Error with one readable line when the role is too strong or the database cannot be reached
 */
export async function createReadPool(url: string, given: Omit<PoolOptions, 'readOnly'>): Promise<ReadPool> {
  const options = { ...given, readOnly: true };
  const { pool, version } = await openPool(url, options);
  await pool.end();
  const { byKey, others } = openPipelines(
    opening(url, options),
    given.max,
    given.connectTimeoutMs ?? WAIT_MS,
  );
  const begin = beginningWith(settingColumns(options));
  const run = <Row>(statements: readonly PipelinedStatement[]) => {
    const pipeline = statements.every((statement) => statement.byKey) ? byKey : others;
    const read = () => begin<Row>(statements, (all) => pipeline.run(all) as Promise<Rows<Row>[]>);
    return inSpan('read from Postgres', read, { 'db.system.name': 'postgresql' });
  };
  return {
    run,
    counts: countedTogether(byKey, others),
    version,
    async query<Row>(text: string, values: unknown[] = []) {
      const [rows = []] = await run<Row>([{ text, values }]);
      return { rows };
    },
    async end() {
      await Promise.all([byKey.close(), others.close()]);
    },
  };
}
