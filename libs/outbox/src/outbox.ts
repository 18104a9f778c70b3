import { createPool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import type { Metrics } from '@patient-access/platform';
import { type AuditStore, auditStore } from './audit-store.ts';
import { Backpressure, DEPTH } from './backpressure.ts';
import type { OutboxConfig } from './config.ts';
import { httpPublisher } from './http-publisher.ts';
import { kafkaPublisher } from './kafka-publisher.ts';
import { reportOutbox } from './metrics.ts';
import { Recorder } from './record.ts';
import { Relay, type Route } from './relay.ts';

/** Two writers, the relay, and its questions. */
const CONNECTIONS = 4;
const STATEMENT_TIMEOUT_MS = 10_000;
/** Small enough that storing one does not keep a processor from the requests beside it for long. */
const HTTP_BATCH_ROWS = 100;
const KAFKA_BATCH_ROWS = 500;

/** The part of a log that the outbox needs. */
interface OutboxLog {
  warn(fields: object, message: string): void;
}

export interface Outbox {
  /** Resolves once the event is durable; rejects when it may not be, and then nothing may be disclosed. */
  record(event: AccessEvent): Promise<void>;
  /** Whether so much waits for delivery that no member data may be disclosed (security rule D16). */
  isFull(): boolean;
  /** Rejects when events could not be recorded now. Costs the same however many wait. */
  reachable(): Promise<void>;
  /** rows not yet confirmed by the audit store */
  depth(): Promise<number>;
  /** Delivers what it can, then closes its connections. */
  close(): Promise<void>;
}

const carrierFor = (
  { KAFKA_BROKERS: brokers }: OutboxConfig,
  service: string,
  store: AuditStore,
): Pick<Route, 'publisher' | 'batchRows'> =>
  brokers
    ? { publisher: kafkaPublisher(brokers, service), batchRows: KAFKA_BATCH_ROWS }
    : { publisher: httpPublisher(store), batchRows: HTTP_BATCH_ROWS };

/**
 * Opens the outbox of a service: recording, and the relay that empties it.
 *
 * @param config.DATABASE_URL of the service role, on the database that holds the `outbox` table
 */
export async function openOutbox(
  config: OutboxConfig & { DATABASE_URL: string },
  service: string,
  log: OutboxLog,
  metrics: Metrics,
): Promise<Outbox> {
  const { DATABASE_URL: url, AUDIT_URL: auditUrl, EVENT_SECRET: secret } = config;
  const limits = { max: CONNECTIONS, statementTimeoutMs: STATEMENT_TIMEOUT_MS };
  const pool = await createPool(url, { ...limits, byIndex: true });
  const store = auditStore(auditUrl, secret);
  const route = { pool, service, secret, store, ...carrierFor(config, service, store) };
  const relay = new Relay(route, (error) =>
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'events wait for delivery'),
  );
  const backpressure = new Backpressure(pool, config.OUTBOX_MAX_ROWS, (full, depth) =>
    log.warn({ depth }, full ? 'the outbox is full: no member data' : 'the outbox has room again'),
  );
  await backpressure.start();
  reportOutbox(metrics, backpressure, relay);
  const recorder = new Recorder(pool, () => relay.notify());
  relay.start();
  return {
    record: (event) => recorder.record(event),
    isFull: () => backpressure.full,
    async reachable() {
      await pool.query('SELECT 1 FROM outbox WHERE sequence IS NULL LIMIT 1');
    },
    async depth() {
      const { rows } = await pool.query<{ depth: string }>(`SELECT ${DEPTH}`);
      return Number(rows[0]?.depth ?? 0);
    },
    async close() {
      backpressure.stop();
      await relay.stop();
      await pool.end();
    },
  };
}
