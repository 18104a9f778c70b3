import { type SequenceRange, signBatches } from '@patient-access/events';
import { spanSince } from '@patient-access/tracing';
import { unsignedBatches } from './batches.ts';
import { fitting, Pending } from './pending.ts';
import { rangesOf, rangesWithout } from './ranges.ts';
import type { Route } from './route.ts';
import { deleteStored, type NumberedEvent, readEvents } from './rows.ts';
import { type DuePart, SetAside } from './set-aside.ts';

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
  /** not since the start, but now: events of former producers that nobody has (former-producers.ts) */
  lost: number;
}

/** Numbers that a broker has, and the store has not confirmed. */
interface Sent {
  range: SequenceRange;
  /** when the broker had it for the last time, `performance.now()` */
  at: number;
  times: number;
  /** when the last question was asked to which the store answered that it does not have them */
  missedAt?: number;
}

/** What one delivery carries. */
interface Batch {
  events: readonly NumberedEvent[];
  /** whether a broker had them before */
  isAgain: boolean;
  /** those that were taken and now wait for the trail of their plan */
  waiting: number;
  /** of a plan whose events waited */
  part?: DuePart;
}
const NOTHING: Batch = { events: [], isAgain: false, waiting: 0 };

const byNumber = (one: Sent, other: Sent) => one.range[0] - other.range[0];
const isWithin = ([low, high]: SequenceRange, [first]: SequenceRange) => low <= first && first <= high;

/**
 * Brings one producer's events to the audit store, and removes each row when the store says that it has it. Delivery is at
 * least once: the store keeps each (producer, number) once.
 */
export class Delivery {
  /** UUID */
  readonly producer: string;
  readonly pending = new Pending();
  private readonly aside: SetAside;
  private readonly route: Route;
  private readonly moved: Moved;
  /** taken, and not published yet */
  private batch = NOTHING;
  /** Whether the last one was of a plan whose events waited: those of others have their turn then. */
  private wasPart = false;
  private sent: Sent[] = [];
  /** characters that may stay in memory, of what is pending and of what waits for the trail of its plan */
  private room: number;
  private isFormer = false;

  /** @param room characters of unpublished events that may stay in memory; 0: they were read from the table */
  constructor(route: Route, producer: string, moved: Moved, room = 0) {
    this.room = room;
    this.route = route;
    this.producer = producer;
    this.moved = moved;
    this.aside = new SetAside(route.resendAfterMs);
  }

  /** Whether events are sent, or about to be sent again, and not confirmed. */
  get isUnderWay(): boolean {
    return this.batch.events.length > 0 || this.sent.length > 0;
  }

  /** Whether events that are not published are in memory: the table may lack them, if it is an older one now. */
  get isInMemory(): boolean {
    return this.batch.events.length > 0 || this.pending.inMemory > 0 || this.aside.charactersInMemory > 0;
  }

  /** Whether events wait for the trail of their plan to take some. */
  get isSetAside(): boolean {
    return !this.aside.isEmpty;
  }

  /** Adds an event that is in the table. */
  add(event: NumberedEvent): void {
    this.pending.add(event);
    this.makeRoom();
  }

  /**
   * Somebody else delivers its rows now, as those of a dead process. It sends what it has to send itself, and of what waits for
   * the trail of its plan what it has in memory.
   *
   * @param spare characters of these that may stay in memory @returns how many do
   */
  endAsFormer(spare: number): number {
    this.isFormer = true;
    this.room = this.pending.charactersInMemory + spare;
    this.makeRoom();
    return this.aside.charactersInMemory;
  }

  /**
   * Publishes what could not be published before, and takes new events only after that. Messages stay in order; those of a plan
   * whose trail takes none now wait, and keep back no other plan's.
   *
   * @returns the number of events
   */
  async send(): Promise<number> {
    if (this.batch.events.length === 0) this.batch = await this.next();
    const { events, waiting } = this.batch;
    if (events.length > 0) await this.publish(this.batch);
    this.batch = NOTHING;
    return events.length + waiting;
  }

  /**
   * Asks the audit store which of the sent events it has, and deletes those. A broker's acknowledgement deletes no row
   * (security rule D13). A row that stays is lost or still on its way.
   */
  async confirm(): Promise<void> {
    const { store, signer } = this.route;
    for (const window of this.windows()) {
      const askedAt = performance.now();
      const missing = await store.missing(`${signer.service}/${this.producer}`, window);
      await this.remove(rangesWithout(window, missing));
      for (const sent of this.sent) if (isWithin(window, sent.range)) sent.missedAt = askedAt;
    }
  }

  /** Each begins at what was sent: far below may be events that wait for the trail of their plan. */
  private windows(): SequenceRange[] {
    const windows: SequenceRange[] = [];
    const end = this.sent.at(-1)?.range[1] ?? 0;
    for (const { range } of this.sent) {
      const [first, last] = range;
      for (let from = Math.max(first, (windows.at(-1)?.[1] ?? 0) + 1); from <= last; from += WINDOW)
        windows.push([from, Math.min(from + WINDOW - 1, end)]);
    }
    return windows;
  }

  private async next(): Promise<Batch> {
    const { pool, batchRows } = this.route;
    const read = (range: SequenceRange, limit: number) => readEvents(pool, this.producer, range, limit);
    const due = await this.due(read);
    this.moved.resent += due.length;
    if (due.length > 0) return { ...NOTHING, events: due, isAgain: true };
    const rows = this.isFormer ? () => Promise.resolve([]) : read;
    const part = this.wasPart && !this.pending.isEmpty ? undefined : await this.aside.due(batchRows, rows);
    this.wasPart = part !== undefined;
    if (part) return { ...NOTHING, events: part.events, part };
    const taken = await this.pending.take(batchRows, read);
    const waiting = taken.filter((event) => this.aside.has(event));
    this.aside.add(waiting);
    this.makeRoom();
    const events = waiting.length > 0 ? taken.filter((event) => !this.aside.has(event)) : taken;
    return { ...NOTHING, events, waiting: waiting.length };
  }

  /**
   * Reads again what the store did not have a while after it was sent. An answer to an earlier question says nothing
   * about it: what is on its way would be sent twice. It is no more than a first delivery may be, or a broker might refuse
   * it for ever. The rest is due at the next time.
   */
  private async due(read: (range: SequenceRange, limit: number) => Promise<NumberedEvent[]>) {
    const { batchRows, resendAfterMs = RESEND_AFTER_MS } = this.route;
    const again: NumberedEvent[] = [];
    for (const { range, at, times, missedAt = -Infinity } of this.sent) {
      const doublings = Math.min(Math.max(0, times - 3), MAX_DOUBLINGS);
      if (missedAt - at < resendAfterMs * 2 ** doublings) continue;
      again.push(...(await read(range, batchRows)));
      const fits = fitting(again, batchRows);
      if (fits < again.length) return again.slice(0, fits);
    }
    return again;
  }

  private async publish(batch: Batch): Promise<void> {
    const { publisher, signer } = this.route;
    const { events, isAgain, part } = batch;
    const startedAt = new Date();
    const producer = `${signer.service}/${this.producer}`;
    const batches = signBatches(signer, unsignedBatches(producer, events));
    const { by, held } = await publisher.publish(batches);
    for (const { traceparent } of events)
      if (traceparent) spanSince(traceparent, 'deliver access event', 'producer', startedAt);
    const taken = held.size > 0 ? events.filter(({ tenant }) => !held.has(tenant)) : events;
    if (held.size > 0 && !part) this.setAside(events.filter(({ tenant }) => held.has(tenant)));
    this.aside.postpone(held);
    const ranges = rangesOf(taken.map(({ sequence }) => sequence));
    this.aside.release(ranges);
    if (by === 'store') await this.remove(ranges);
    else if (isAgain) this.noteSentAgain(ranges);
    else this.noteSent(ranges, part !== undefined);
    if (part) this.aside.moveOn(part, held);
    this.moved.published += taken.length;
  }

  /** A broker may have had them before their plan was held. They are sent again when it goes on, and not before. */
  private setAside(events: readonly NumberedEvent[]): void {
    this.aside.add(events);
    this.makeRoom();
    this.forget(rangesOf(events.map(({ sequence }) => sequence)));
  }

  /** @param haveWaited for the trail of their plan: others with higher numbers were sent meanwhile, and of these perhaps some */
  private noteSent(ranges: readonly SequenceRange[], haveWaited: boolean): void {
    const at = performance.now();
    if (haveWaited) this.forget(ranges);
    this.sent.push(...ranges.map((range) => ({ range, at, times: 1 })));
    if (haveWaited) this.sent.sort(byNumber);
  }

  /**
   * While rows were read and published again, the store may have confirmed some of them, or all: these are not known any
   * more. Of a range of which a part was sent again, the rest stays as due as it was.
   */
  private noteSentAgain(ranges: readonly SequenceRange[]): void {
    const at = performance.now();
    this.sent = this.sent.flatMap((sent) => {
      const rest = rangesWithout(sent.range, ranges);
      const again = rangesWithout(sent.range, rest);
      const parts = [
        ...rest.map((range) => ({ ...sent, range })),
        ...again.map((range) => ({ ...sent, range, at, times: sent.times + 1 })),
      ];
      return parts.sort(byNumber);
    });
  }

  /** @param stored in ascending order */
  private async remove(stored: readonly SequenceRange[]): Promise<void> {
    this.moved.confirmed += await deleteStored(this.route.pool, this.producer, stored);
    this.forget(stored);
    this.aside.release(stored);
  }

  /** What is pending goes first. */
  private makeRoom(): void {
    this.aside.keepAtMost(Math.max(0, this.room - this.pending.charactersInMemory));
  }

  /** The audit store is asked about these no more. @param ranges in ascending order */
  private forget(ranges: readonly SequenceRange[]): void {
    this.sent = this.sent.flatMap((sent) =>
      rangesWithout(sent.range, ranges).map((range) => ({ ...sent, range })),
    );
  }
}
