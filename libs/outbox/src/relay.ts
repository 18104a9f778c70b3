import { setTimeout as delay } from 'node:timers/promises';
import { inTransaction } from '@patient-access/database';
import type pg from 'pg';
import type { Message, Publisher } from './publisher.ts';

/** Small enough that storing one does not keep a processor from the requests beside it for long. */
const BATCH_ROWS = 100;
/** Without a wake-up (another replica's leftovers, a row from before a crash) the relay looks this often. */
const IDLE_MS = 1_000;
/** After a wake-up others follow; what comes within this shares one delivery, which costs far more than an event. */
const GATHER_MS = 50;
const MIN_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 5_000;

const CLAIM = {
  name: 'claim-events',
  text: `SELECT request_id, service, tenant, member, body FROM outbox
          ORDER BY created_at LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED`,
};
const DELETE = `
  DELETE FROM outbox o USING unnest($1::uuid[], $2::text[]) AS d (request_id, service)
   WHERE o.request_id = d.request_id AND o.service = d.service`;

type Row = Message & { request_id: string; service: string };

/**
 * Moves outbox rows to the publisher: claim with SKIP LOCKED, publish, delete, commit. A crash anywhere before the
 * commit leaves the rows, so delivery is at least once. Any number of relays may share a table.
 */
export class Relay {
  private readonly pool: pg.Pool;
  private readonly publisher: Publisher;
  private readonly onFailure: (error: unknown) => void;
  private wake: () => void = () => undefined;
  /** A wake-up that came while a batch was under way. */
  private notified = false;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(pool: pg.Pool, publisher: Publisher, onFailure: (error: unknown) => void) {
    this.pool = pool;
    this.publisher = publisher;
    this.onFailure = onFailure;
  }

  start(): void {
    this.running = this.run();
  }

  /** There is something to do. */
  notify(): void {
    this.notified = true;
    this.wake();
  }

  /** Delivers what is left until nothing is or the publisher fails, then ends. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.notify();
    await this.running;
    await this.relayRest().catch(this.onFailure);
    await this.publisher.close().catch(() => undefined);
  }

  private async relayRest(): Promise<void> {
    while ((await this.relayBatch()) > 0);
  }

  private async run(): Promise<void> {
    let backoffMs = MIN_BACKOFF_MS;
    while (!this.stopping.signal.aborted) {
      try {
        this.notified = false;
        const moved = await this.relayBatch();
        backoffMs = MIN_BACKOFF_MS;
        if (moved === 0 && !this.notified) await this.sleep(IDLE_MS);
        if (moved < BATCH_ROWS) await this.pause(GATHER_MS);
      } catch (error) {
        this.onFailure(error);
        await this.pause(backoffMs);
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      }
    }
  }

  /** Wake-ups do not cut this short, only the end does. */
  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private relayBatch(): Promise<number> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<Row>(CLAIM);
      if (rows.length > 0) {
        await this.publisher.publish(rows);
        await client.query(DELETE, [rows.map((row) => row.request_id), rows.map((row) => row.service)]);
      }
      return rows.length;
    });
  }
}
