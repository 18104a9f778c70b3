import { countedTogether, createPool, createWriter, type Pool } from '@patient-access/database';
import { type AccessEvent, eventSigner, type SequenceRange } from '@patient-access/events';
import { openKafka } from '@patient-access/kafka-client';
import { type AuditStore, auditStore } from './audit-store.ts';
import { Backpressure, DEPTH } from './backpressure.ts';
import type { OutboxConfig } from './config.ts';
import { httpPublisher } from './http-publisher.ts';
import { kafkaPublisher } from './kafka-publisher.ts';
import type { OutboxMetrics } from './metrics.ts';
import type { HeldPlans } from './publisher.ts';
import { Recorder } from './recorder.ts';
import { Relay } from './relay.ts';
import type { Route } from './route.ts';

/**
 * Two for the relay, one that counts, one for readiness; and two that hold the locks of this process's producer and of a dead
 * one. The recorder has one of its own.
 */
const CONNECTIONS = 6;
const STATEMENT_TIMEOUT_MS = 10_000;
/** What waits together is delivered together: the events of a lane share a signature, and all of them a transaction. */
const BATCH_ROWS = 2_000;

/** The part of a log that the outbox needs. */
interface OutboxLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface Outbox {
  /**
   * Resolves when the event is durable. When it rejects, the event may be lost, and the caller must disclose nothing.
   */
  record(event: AccessEvent): Promise<void>;
  /** A statement of somebody else may have inserted rows: they are looked for within a second, and not only within five. */
  expect(): void;
  /** Shows in the metrics an event that a statement of somebody else has recorded. */
  count(event: AccessEvent): void;
  /** Whether so many events wait for delivery that no member data may be disclosed (security rule D16). */
  isFull(): boolean;
  /** Rejects when no event could be recorded now. The cost does not depend on how many events wait. */
  reachable(): Promise<void>;
  /** rows not yet confirmed by the audit store */
  depth(): Promise<number>;
  /** Delivers as many events as it can, then closes the connections. */
  close(): Promise<void>;
}

const sayHeld = (log: OutboxLog) => (plans: HeldPlans) =>
  log.warn({ plans: [...plans] }, 'events of these plans wait: audit-service holds their trail');

function carrierFor(
  config: OutboxConfig,
  service: string,
  store: AuditStore,
  log: OutboxLog,
): Pick<Route, 'publisher' | 'batchRows'> {
  const kafka = openKafka(config, service);
  if (!kafka) return { publisher: httpPublisher(store, sayHeld(log)), batchRows: BATCH_ROWS };
  const sender = kafka.sender(config.KAFKA_ACCESS_EVENT_TOPIC);
  return { publisher: kafkaPublisher(sender, store, sayHeld(log)), batchRows: BATCH_ROWS };
}

const reasonOf = (error: unknown) => ({ reason: error instanceof Error ? error.message : String(error) });

/** @param pool as it is called in the metrics: a process has an outbox in each of its databases */
const sayChanges = (log: OutboxLog, pool: string) => ({
  onChange: (full: boolean, depth: number) =>
    log.warn({ depth }, full ? 'the outbox is full: no member data' : 'the outbox has room again'),
  onReadOnly: (readOnly: boolean) =>
    log.warn({ pool }, `the database takes ${readOnly ? 'no writes: no member data' : 'writes again'}`),
});

const sayLoss = (log: OutboxLog, service: string) => (producer: string, lost: readonly SequenceRange[]) =>
  log.error(
    { producer: `${service}/${producer}`, lost },
    'neither the outbox nor audit-service has these events',
  );

const LIMITS = { statementTimeoutMs: STATEMENT_TIMEOUT_MS, byIndex: true };

const connect = async (url: string) => ({
  pool: await createPool(url, { ...LIMITS, max: CONNECTIONS }),
  writer: createWriter(url, LIMITS),
});

async function canRead(pool: Pool): Promise<void> {
  await pool.query('SELECT 1 FROM outbox LIMIT 1');
}

async function countRows(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ depth: string }>(DEPTH);
  return Number(rows[0]?.depth ?? 0);
}

/**
 * Opens the outbox of a service: the recorder that fills it, and the relay that empties it.
 *
 * @param config.DATABASE_URL URL of the service role, on the database that holds the `outbox` table
 * @param metrics one for all outboxes of a process
 * @param poolName what its connections are called in the metrics
 */
export async function openOutbox(
  config: OutboxConfig & { DATABASE_URL: string },
  service: string,
  log: OutboxLog,
  metrics: OutboxMetrics,
  poolName = 'outbox',
): Promise<Outbox> {
  const { DATABASE_URL: url, AUDIT_URL: auditUrl } = config;
  const signer = eventSigner(service, config.EVENT_KEY);
  const { pool, writer } = await connect(url);
  const store = auditStore(auditUrl, signer);
  const route = { pool, signer, store, ...carrierFor(config, service, store, log) };
  const recorder = new Recorder(pool, writer);
  const relay = new Relay(route, recorder, (error) => log.warn(reasonOf(error), 'events wait for delivery'));
  const told = { ...sayChanges(log, poolName), onRows: () => relay.look() };
  const backpressure = new Backpressure(pool, config.OUTBOX_MAX_ROWS, told);
  await backpressure.start();
  metrics.add({ backpressure, moved: relay.moved }, poolName, countedTogether(pool, writer.counts));
  relay.formers.onLost = sayLoss(log, service);
  relay.start();
  return {
    async record(event) {
      backpressure.expect();
      await recorder.record(event);
      metrics.count(event);
    },
    expect: () => backpressure.expect(),
    count: (event) => metrics.count(event),
    isFull: () => backpressure.full,
    reachable: () => canRead(pool),
    depth: () => countRows(pool),
    async close() {
      backpressure.stop();
      await relay.stop();
      await recorder.close();
      await writer.end();
      await pool.end();
    },
  };
}
