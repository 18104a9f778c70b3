import { createPool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import type { OutboxConfig } from './config.ts';
import { httpPublisher } from './http-publisher.ts';
import { kafkaPublisher } from './kafka-publisher.ts';
import type { Publisher } from './publisher.ts';
import { Recorder } from './record.ts';
import { Relay } from './relay.ts';

/** Two writers and the relay. */
const CONNECTIONS = 3;
/** The relay holds its claim while it publishes. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** The part of a log that the outbox needs. */
interface OutboxLog {
  warn(fields: object, message: string): void;
}

export interface Outbox {
  /** Resolves once the event is durable; rejects when it may not be, and then nothing may be disclosed. */
  record(event: AccessEvent): Promise<void>;
  /** Rejects when events could not be recorded now. Costs the same however many wait. */
  reachable(): Promise<void>;
  /** rows not yet delivered */
  depth(): Promise<number>;
  /** Delivers what it can, then closes its connections. */
  close(): Promise<void>;
}

function publisherFor(config: OutboxConfig, service: string): Publisher {
  if (config.KAFKA_BROKERS) return kafkaPublisher(config.KAFKA_BROKERS, service);
  if (config.AUDIT_URL && config.EVENT_SECRET) return httpPublisher(config.AUDIT_URL, config.EVENT_SECRET);
  throw new Error('events have nowhere to go: set KAFKA_BROKERS, or AUDIT_URL with EVENT_SECRET');
}

/**
 * Opens the outbox of a service: recording, and the relay that empties it.
 *
 * @param databaseUrl of the service role, on the database that holds the `outbox` table
 */
export async function openOutbox(
  config: OutboxConfig & { DATABASE_URL: string },
  service: string,
  log: OutboxLog,
): Promise<Outbox> {
  const publisher = publisherFor(config, service);
  const pool = await createPool(config.DATABASE_URL, {
    max: CONNECTIONS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
  const relay = new Relay(pool, publisher, (error) =>
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'events wait for delivery'),
  );
  const recorder = new Recorder(pool, () => relay.notify());
  relay.start();
  return {
    record: (event) => recorder.record(event),
    async reachable() {
      await pool.query('SELECT 1 FROM outbox LIMIT 1');
    },
    async depth() {
      const { rows } = await pool.query<{ depth: string }>('SELECT count(*) AS depth FROM outbox');
      return Number(rows[0]?.depth ?? 0);
    },
    async close() {
      await relay.stop();
      await pool.end();
    },
  };
}
