import { type SequenceRange, signBatch } from '@patient-access/events';
import { Pending } from './pending.ts';
import { rangesOf, rangesWithout } from './ranges.ts';
import type { Route } from './route.ts';
import { deleteStored, type NumberedEvent, readEvents } from './rows.ts';

const RESEND_AFTER_MS = 30_000;
/** From the third time on, a row that is sent again waits longer: a consumer far behind does not get all rows again. */
const MAX_DOUBLINGS = 6;
/** The most sequence numbers in one question to the audit store. */
const WINDOW = 5_000;

/** What happened to how many rows, since the start. */
export interface Moved {
  published: number;
  confirmed: number;
  resent: number;
  failures: number;
}

/** Numbers that a broker has, and the store has not confirmed. */
interface Sent {
  range: SequenceRange;
  /** of the last time, `performance.now()` */
  at: number;
  times: number;
}

/**
 * Brings one producer's events to the audit store, and removes each row when the store says that it has it. Delivery is at
 * least once: the store keeps each (producer, number) once.
 */
export class Delivery {
  /** UUID */
  readonly producer: string;
  readonly pending = new Pending();
  private readonly route: Route;
  private readonly moved: Moved;
  /** taken, and not published yet */
  private batch: NumberedEvent[] = [];
  private sent: Sent[] = [];
  /** Whether the store has answered since the last look. Only then is it useful to send rows again. */
  private answered = false;

  constructor(route: Route, producer: string, moved: Moved) {
    this.route = route;
    this.producer = producer;
    this.moved = moved;
  }

  /** Whether events are sent, or about to be sent again, and not confirmed. */
  get isUnderWay(): boolean {
    return this.batch.length > 0 || this.sent.length > 0;
  }

  /**
   * Publishes what could not be published before, and takes new events only after that. Messages stay in order.
   *
   * @returns the number of events
   */
  async send(): Promise<number> {
    if (this.batch.length === 0) this.batch = await this.next();
    const count = this.batch.length;
    if (count > 0) await this.publish(this.batch);
    this.batch = [];
    this.moved.published += count;
    return count;
  }

  /**
   * Asks the audit store which of the sent events it has, and deletes those. A broker's acknowledgement deletes no row
   * (security rule D13). A row that stays is lost or still on its way.
   */
  async confirm(): Promise<void> {
    const { store, signer } = this.route;
    const [first, last] = [this.sent[0]?.range[0], this.sent.at(-1)?.range[1]];
    if (first === undefined || last === undefined) return;
    for (let from = first; from <= last; from += WINDOW) {
      const window: SequenceRange = [from, Math.min(from + WINDOW - 1, last)];
      const missing = await store.missing(`${signer.service}/${this.producer}`, window);
      await this.remove(rangesWithout(window, missing));
    }
    this.answered = true;
  }

  private async next(): Promise<NumberedEvent[]> {
    const { pool, batchRows } = this.route;
    const read = (range: SequenceRange, limit: number) => readEvents(pool, this.producer, range, limit);
    if (this.answered) {
      this.answered = false;
      const due = await this.due(read);
      this.moved.resent += due.length;
      if (due.length > 0) return due;
    }
    return this.pending.take(batchRows, read);
  }

  /** Reads again what was sent long ago. */
  private async due(read: (range: SequenceRange, limit: number) => Promise<NumberedEvent[]>) {
    const { batchRows, resendAfterMs = RESEND_AFTER_MS } = this.route;
    const now = performance.now();
    const again: NumberedEvent[] = [];
    for (const sent of this.sent) {
      const doublings = Math.min(Math.max(0, sent.times - 3), MAX_DOUBLINGS);
      if (again.length >= batchRows || now - sent.at < resendAfterMs * 2 ** doublings) continue;
      again.push(...(await read(sent.range, Number.MAX_SAFE_INTEGER)));
      sent.at = now;
      sent.times += 1;
    }
    return again;
  }

  private async publish(events: readonly NumberedEvent[]): Promise<void> {
    const { publisher, signer } = this.route;
    const producer = `${signer.service}/${this.producer}`;
    // One batch for each tenant and lane, as they are chained.
    const together = Map.groupBy(events, ({ tenant, lane }) => `${tenant} ${lane}`);
    const batches = [...together.values()].flatMap((records) => {
      const [first] = records;
      return first ? [signBatch(signer, { producer, tenant: first.tenant, lane: first.lane, records })] : [];
    });
    const ranges = rangesOf(events.map(({ sequence }) => sequence));
    if ((await publisher.publish(batches)) === 'stored') return this.remove(ranges);
    const known = ({ range: [first] }: Sent) => ranges.some(([low, high]) => low <= first && first <= high);
    if (this.sent.some(known)) return undefined;
    const at = performance.now();
    this.sent.push(...ranges.map((range) => ({ range, at, times: 1 })));
    return undefined;
  }

  /** @param stored in ascending order */
  private async remove(stored: readonly SequenceRange[]): Promise<void> {
    this.moved.confirmed += await deleteStored(this.route.pool, this.producer, stored);
    this.sent = this.sent.flatMap((sent) =>
      rangesWithout(sent.range, stored).map((range) => ({ ...sent, range })),
    );
  }
}
