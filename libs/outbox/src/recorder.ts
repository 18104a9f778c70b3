import { randomUUID } from 'node:crypto';
import { noticeSilence, type Writer } from '@patient-access/database';
import { type AccessEvent, laneOf, recordOf } from '@patient-access/events';
import { inSpan, traceparentNow } from '@patient-access/tracing';
import pg from 'pg';
import { ProducerLock, READ_ONLY } from './producer-lock.ts';
import { insertNumbered, type NumberedEvent, numberRows } from './rows.ts';

const MAX_BATCH_ROWS = 256;

interface Waiting {
  event: Omit<NumberedEvent, 'sequence'>;
  resolve(): void;
  reject(error: unknown): void;
}

/** What a recorder tells: events of a producer that are durable. Their numbers follow those that were told before. */
type OnRecorded = (producer: string, events: readonly NumberedEvent[]) => void;

/** Classes of errors after which a connection is gone: nobody has said whether the statement was committed. */
const BROKEN = /^(08|57P)/;
/**
 * After {@link READ_ONLY} the next server that takes writes may be another one, which has neither the lock nor the last rows of
 * this producer (ADR 154).
 *
 * @returns whether a statement that failed may have been committed, or the next one is answered by another server
 */
function isDoubtful(error: unknown): boolean {
  return !(
    error instanceof pg.DatabaseError &&
    error.severity === 'ERROR' &&
    error.code !== READ_ONLY &&
    !BROKEN.test(error.code ?? '')
  );
}

/** What it tells when it becomes a new producer: the old one, and its last number of which the commit is known. */
type OnNewProducer = (producer: string, last: number) => void;

/**
 * Writes access events to the outbox, as one producer: a UUID that no other process has. It gives out the numbers
 * 1, 2, 3 … in memory, one statement after the other. A number counts as given when its commit is known. When it is not
 * known whether a statement was committed, the recorder becomes a new producer, and the rows of the old one are delivered
 * as those of a dead process. So no number is given twice. It becomes a new producer, too, when the connection of its lock is
 * lost: behind the next one may be an older database, in which rows wait again that were delivered once (ADR 106).
 *
 * Many callers share one commit (group commit): while one statement is written, the next ones gather.
 */
export class Recorder {
  onRecorded: OnRecorded = () => undefined;
  onNewProducer: OnNewProducer = () => undefined;
  private readonly pool: pg.Pool;
  private readonly writer: Writer;
  private id = randomUUID();
  private last = 0;
  private lock: ProducerLock | undefined;
  private waiting: Waiting[] = [];
  private isDue = false;
  private isClosed = false;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param writer on the same database; it is ended by whoever made it */
  constructor(pool: pg.Pool, writer: Writer) {
    this.pool = pool;
    this.writer = writer;
  }

  /** UUID of the producer that it is now */
  get producer(): string {
    return this.id;
  }

  /**
   * Resolves when the event is durable. When it rejects, the event may be lost, and the caller must disclose nothing.
   */
  record(event: AccessEvent): Promise<void> {
    return inSpan('record access event', () => this.gather(event), { 'db.system.name': 'postgresql' });
  }

  private gather(event: AccessEvent): Promise<void> {
    const { tenant } = event;
    const traceparent = traceparentNow();
    const placed = {
      text: recordOf(event),
      tenant,
      lane: laneOf(event),
      ...(traceparent !== undefined && { traceparent }),
    };
    return new Promise((resolve, reject) => {
      this.waiting.push({ event: placed, resolve, reject });
      if (this.isDue) return;
      this.isDue = true;
      void this.inTurn(() => this.writeWaiting());
    });
  }

  /** Gives numbers to at most `limit` rows that other transactions inserted. @returns their number */
  numberRows(limit: number): Promise<number> {
    return this.inTurn(async () => {
      const events = await this.asProducer(() => numberRows(this.pool, this.id, this.last, limit));
      this.told(events);
      return events.length;
    });
  }

  /** Ends its responsibility for the rows that it wrote. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.inTurn(async () => this.lock?.end());
  }

  /** One thing after the other, because all of them give out numbers. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async writeWaiting(): Promise<void> {
    // Wait for one turn of the event loop, so that requests which arrived together share the commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH_ROWS);
      try {
        const records = batch.map(({ event }) => event.text);
        await this.asProducer(() => insertNumbered(this.writer, this.id, this.last, records));
        this.told(batch.map(({ event }, at) => ({ ...event, sequence: this.last + 1 + at })));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.isDue = false;
  }

  private told(events: readonly NumberedEvent[]): void {
    if (events.length === 0) return;
    this.last += events.length;
    this.onRecorded(this.id, events);
  }

  /** Runs a statement that gives out numbers. */
  private async asProducer<Result>(statement: () => Promise<Result>): Promise<Result> {
    if (!this.lock) await this.hold();
    try {
      return await statement();
    } catch (error) {
      noticeSilence(this.pool, error);
      this.writer.noticeSilence(error);
      if (isDoubtful(error)) this.becomeNewProducer();
      throw error;
    }
  }

  private becomeNewProducer(): void {
    const { lock, id, last } = this;
    if (last > 0) this.onNewProducer(id, last);
    this.id = randomUUID();
    this.last = 0;
    this.lock = undefined;
    // Nobody waits for it: a server that says nothing answers this neither, and the new producer has a lock of its own.
    void lock?.end();
  }

  private async hold(): Promise<void> {
    const lock = await ProducerLock.take(this.pool, this.id);
    if (!lock) throw new Error('another process delivers the rows of this one');
    if (this.isClosed) return lock.end();
    this.lock = lock;
    void lock.lost.then(() => this.inTurn(() => this.afterLoss(lock)));
    return undefined;
  }

  private async afterLoss(lock: ProducerLock): Promise<void> {
    if (this.lock === lock && !this.isClosed) this.becomeNewProducer();
  }
}
