import { setTimeout as delay } from 'node:timers/promises';
import { type SequenceRange, signMessage } from '@patient-access/events';
import type pg from 'pg';
import type { AuditStore } from './audit-store.ts';
import { leaseNew, type LeasedEvent, deleteStored, renewExpired } from './leases.ts';
import type { Publisher } from './publisher.ts';
import { confirmDelivered } from './reconcile.ts';

/** Without a wake-up (another replica's leftovers, a row from before a crash) the relay looks this often. */
const IDLE_MS = 1_000;
/** After a wake-up others follow; what comes within this shares one delivery, which costs far more than an event. */
const GATHER_MS = 50;
const MIN_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 2_000;
const CONFIRM_MS = 1_000;
const RESEND_AFTER_MS = 30_000;

/** What a relay moves rows from and to. */
export interface Route {
  pool: pg.Pool;
  /** the name of the service that records, the first part of its producer's name */
  service: string;
  /** signs the messages */
  secret: string;
  publisher: Publisher;
  store: AuditStore;
  /** rows to a delivery */
  batchRows: number;
  /** what was sent is sent again when the store has not got it after this time; 30 s unless said otherwise */
  resendAfterMs?: number;
}

/** What happened to how many rows, since the start. */
export interface Moved {
  published: number;
  confirmed: number;
  resent: number;
  failures: number;
}

/** @returns the numbers of rows, which are in order, as few ranges as they are: each is compared with all that waits */
function rangesOf(rows: readonly LeasedEvent[]): SequenceRange[] {
  const ranges: SequenceRange[] = [];
  for (const { sequence } of rows) {
    const last = ranges.at(-1);
    if (last && last[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}

/**
 * Moves outbox rows to the audit store: leases and numbers them in one statement, publishes them after that has
 * committed, one batch at a time so that a producer's messages stay in order, and deletes them once the store says that
 * it has them. A crash anywhere leaves the rows, with their numbers: delivery is at least once. Any number of relays
 * may share a table.
 */
export class Relay {
  readonly moved: Moved = { published: 0, confirmed: 0, resent: 0, failures: 0 };
  private readonly route: Route;
  private readonly onFailure: (error: unknown) => void;
  /** leased, and not yet published */
  private batch: LeasedEvent[] = [];
  /** The store has said since the last look what it has, so that what is still there is worth a second delivery. */
  private answered = false;
  private wake: () => void = () => undefined;
  /** A wake-up that came while a batch was under way. */
  private notified = false;
  private readonly stopping = new AbortController();
  private running: Promise<unknown> | undefined;

  constructor(route: Route, onFailure: (error: unknown) => void) {
    this.route = route;
    this.onFailure = onFailure;
  }

  start(): void {
    this.running = Promise.all([this.deliverOn(), this.confirmOn()]);
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
    await this.deliverRest().catch(this.onFailure);
    await this.route.publisher.close().catch(() => undefined);
  }

  private async deliverRest(): Promise<void> {
    while ((await this.deliver()) > 0);
    await this.confirm();
  }

  private async deliverOn(): Promise<void> {
    let backoffMs = MIN_BACKOFF_MS;
    while (!this.stopping.signal.aborted) {
      try {
        this.notified = false;
        const moved = await this.deliver();
        backoffMs = MIN_BACKOFF_MS;
        if (moved === 0 && !this.notified) await this.sleep(IDLE_MS);
        if (moved < this.route.batchRows) await this.pause(GATHER_MS);
      } catch (error) {
        this.fail(error);
        await this.pause(backoffMs);
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      }
    }
  }

  /** Beside the deliveries: a store that does not answer must not hold them up. */
  private async confirmOn(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.pause(CONFIRM_MS);
      await this.confirm().catch((error: unknown) => this.fail(error));
    }
  }

  private fail(error: unknown): void {
    this.moved.failures += 1;
    this.onFailure(error);
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

  /** What could not be published is published before anything else is leased. @returns how many rows were */
  private async deliver(): Promise<number> {
    if (this.batch.length === 0) this.batch = await this.next();
    const count = this.batch.length;
    if (count > 0) await this.publish(this.batch);
    this.batch = [];
    this.moved.published += count;
    return count;
  }

  private async next(): Promise<LeasedEvent[]> {
    const { pool, service, batchRows, resendAfterMs = RESEND_AFTER_MS } = this.route;
    if (this.answered) {
      this.answered = false;
      const due = await renewExpired(pool, service, resendAfterMs, batchRows);
      this.moved.resent += due.length;
      if (due.length > 0) return due;
    }
    return leaseNew(pool, service, batchRows);
  }

  private async publish(rows: readonly LeasedEvent[]): Promise<void> {
    const { publisher, secret, pool } = this.route;
    const messages = rows.map((row) => ({ ...row, ...signMessage(secret, row) }));
    if ((await publisher.publish(messages)) === 'sent') return;
    this.moved.confirmed += await deleteStored(pool, rangesOf(rows));
  }

  private async confirm(): Promise<void> {
    const { pool, service, store } = this.route;
    this.moved.confirmed += await confirmDelivered(pool, service, store);
    this.answered = true;
  }
}
