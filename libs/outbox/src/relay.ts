import { setTimeout as delay } from 'node:timers/promises';
import { type EventSigner, laneOf, type SequenceRange, signBatch } from '@patient-access/events';
import type pg from 'pg';
import type { AuditStore } from './audit-store.ts';
import { leaseNew, type LeasedEvent, deleteStored, renewExpired } from './leases.ts';
import type { Publisher } from './publisher.ts';
import { confirmDelivered } from './reconcile.ts';

/** Pause between two looks without a wake-up. Rows of another replica, or from before a crash, cause no wake-up. */
const IDLE_MS = 1_000;
/**
 * Pause after a wake-up, so that the events of this time share one delivery. A delivery costs far more than an event.
 */
const GATHER_MS = 50;
const MIN_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 2_000;
const CONFIRM_MS = 1_000;
const RESEND_AFTER_MS = 30_000;

/** From where to where a relay moves rows. */
export interface Route {
  pool: pg.Pool;
  /** signs the batches, for the service that records */
  signer: EventSigner;
  publisher: Publisher;
  store: AuditStore;
  /** the most rows in one delivery */
  batchRows: number;
  /** time after which a row is sent again if the store does not have it; 30 s by default */
  resendAfterMs?: number;
}

/** One batch for each tenant and lane, as they are chained. */
function batchesOf(rows: readonly LeasedEvent[]) {
  const placed = rows.map((row) => ({ ...row, lane: laneOf(row) }));
  const together = Map.groupBy(placed, ({ producer, tenant, lane }) => `${producer} ${tenant} ${lane}`);
  return [...together.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const { producer, tenant, lane } = first;
    const records = same.map(({ sequence, body }) => ({ sequence, text: body }));
    return [{ producer, tenant, lane, records }];
  });
}

/** What happened to how many rows, since the start. */
export interface Moved {
  published: number;
  confirmed: number;
  resent: number;
  failures: number;
}

/**
 * @param rows in ascending order
 * @returns their sequence numbers as the fewest ranges, because the database compares each range with all waiting rows
 */
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
 * Moves outbox rows to the audit store, in three steps:
 *
 * 1. It leases and numbers rows in one statement.
 * 2. After the commit it publishes them, one batch at a time, so that a producer's messages stay in order.
 * 3. It deletes them when the store says that it has them.
 *
 * After a crash at any point the rows are still there with their numbers, so delivery is at least once. Any number of
 * relays may share a table.
 */
export class Relay {
  readonly moved: Moved = { published: 0, confirmed: 0, resent: 0, failures: 0 };
  private readonly route: Route;
  private readonly onFailure: (error: unknown) => void;
  /** rows that are leased and not published yet */
  private batch: LeasedEvent[] = [];
  /** Whether the store has confirmed rows since the last look. Only then is it useful to send the other rows again. */
  private answered = false;
  private wake: () => void = () => undefined;
  /** Whether a wake-up came while the relay delivered a batch. */
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

  /** Wakes the relay up: there are new rows. */
  notify(): void {
    this.notified = true;
    this.wake();
  }

  /** Delivers the rows that are left, and ends when there are none or when the publisher fails. */
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

  /** Runs beside the deliveries, so that a store which does not answer does not delay them. */
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

  /** Waits. Only the end of the relay shortens this, a wake-up does not. */
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

  /**
   * Publishes the rows that could not be published before, and leases new ones only after that.
   *
   * @returns their number
   */
  private async deliver(): Promise<number> {
    if (this.batch.length === 0) this.batch = await this.next();
    const count = this.batch.length;
    if (count > 0) await this.publish(this.batch);
    this.batch = [];
    this.moved.published += count;
    return count;
  }

  private async next(): Promise<LeasedEvent[]> {
    const { pool, signer, batchRows, resendAfterMs = RESEND_AFTER_MS } = this.route;
    const { service } = signer;
    if (this.answered) {
      this.answered = false;
      const due = await renewExpired(pool, service, resendAfterMs, batchRows);
      this.moved.resent += due.length;
      if (due.length > 0) return due;
    }
    return leaseNew(pool, service, batchRows);
  }

  private async publish(rows: readonly LeasedEvent[]): Promise<void> {
    const { publisher, signer, pool } = this.route;
    const batches = batchesOf(rows).map((batch) => signBatch(signer, batch));
    if ((await publisher.publish(batches)) === 'sent') return;
    this.moved.confirmed += await deleteStored(pool, rangesOf(rows));
  }

  private async confirm(): Promise<void> {
    const { pool, signer, store } = this.route;
    this.moved.confirmed += await confirmDelivered(pool, signer.service, store);
    this.answered = true;
  }
}
