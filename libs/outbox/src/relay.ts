import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Pace } from '@patient-access/concurrency';
import type { Moved } from './delivery.ts';
import { FormerProducers } from './former-producers.ts';
import { DeadProducers } from './dead-producers.ts';
import { OwnDeliveries } from './own-deliveries.ts';
import type { Recorder } from './recorder.ts';
import type { Route } from './route.ts';

/** Pause between two looks into the table: for rows that other transactions inserted, and for those of dead processes. */
const LOOK_MS = 1_000;
/** The longest pause, while the table is empty: whoever counts its rows calls for a look when there are any. */
const QUIET_LOOK_MS = 60_000;
/** Pause after a wake-up, so that the events of this time share one delivery. A batch costs far more than an event. */
const GATHER_MS = 500;
/**
 * The pause is repeated while so many events come in it, up to so many pauses: what comes next shares the delivery, too. So a
 * quiet service delivers after half a second, and one with some hundred events a second in fewer deliveries (ADR 115).
 */
const MANY_EVENTS = 50;
const MAX_PAUSES = 4;
/**
 * So many events wait for no others. More in one delivery make an event little cheaper, and keep audit-service and its Postgres
 * busy in one piece: where these share processors with the services, requests wait as long.
 */
const ENOUGH_EVENTS = 400;
/** What is not delivered by then is left in the table, and another process delivers it as that of a dead one. */
const STOP_MS = 3_000;
const MIN_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 2_000;

/**
 * Moves the rows of an outbox to the audit store: those that this process recorded, from memory; rows that other
 * transactions inserted, after its recorder has given them numbers; and the rows of processes that are dead. Any number of
 * relays may share a table.
 */
export class Relay {
  readonly moved: Moved = { published: 0, confirmed: 0, resent: 0, failures: 0, lost: 0 };
  readonly formers: FormerProducers;
  private readonly route: Route;
  private readonly recorder: Recorder;
  private readonly onFailure: (error: unknown) => void;
  private readonly deadProducers: DeadProducers;
  private readonly pace = new Pace(LOOK_MS, QUIET_LOOK_MS);
  private readonly formersPace = new Pace(LOOK_MS, QUIET_LOOK_MS);
  private readonly own: OwnDeliveries;
  private wake: () => void = () => undefined;
  /** Whether a wake-up came while the relay delivered. */
  private notified = false;
  private readonly stopping = new AbortController();
  private running: Promise<unknown> | undefined;

  constructor(route: Route, recorder: Recorder, onFailure: (error: unknown) => void) {
    this.route = route;
    this.recorder = recorder;
    this.onFailure = onFailure;
    this.own = new OwnDeliveries(route, this.moved);
    this.deadProducers = new DeadProducers(route, this.moved);
    this.formers = new FormerProducers(route, this.moved, this.stopping.signal);
    this.formers.hasInMemory = (producer) => this.own.hasInMemory(producer);
    recorder.onNewProducer = (producer, last) => {
      this.formers.add(producer, last);
      this.formersPace.quicken();
      this.look();
    };
    recorder.onRecorded = (producer, events) => {
      this.own.add(producer, events);
      this.notified = true;
      this.wake();
    };
  }

  start(): void {
    this.running = Promise.all([this.deliverOn(), this.lookOn()]);
    void this.askForFormers();
  }

  /** Rows wait: it looks at them within a second. */
  look(): void {
    this.pace.quicken();
  }

  /**
   * Delivers the rows that are left. It ends when there are none, when the publisher fails, and after {@link STOP_MS} in any
   * case: others may write rows as fast as it delivers them, and a broker may not answer.
   */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.pace.stop();
    this.formersPace.stop();
    this.wake();
    const timeIsUp = AbortSignal.timeout(STOP_MS);
    await Promise.race([this.finish(timeIsUp), once(timeIsUp, 'abort')]);
  }

  private async finish(timeIsUp: AbortSignal): Promise<void> {
    await this.running;
    await this.deliverRest(timeIsUp).catch(this.onFailure);
    await this.deadProducers.end();
    await this.route.publisher.close().catch(() => undefined);
  }

  private async deliverRest(timeIsUp: AbortSignal): Promise<void> {
    do while (!timeIsUp.aborted && (await this.own.send()) > 0);
    while (!timeIsUp.aborted && (await this.recorder.numberRows(this.route.batchRows)) > 0);
    await this.own.current?.confirm();
  }

  private async deliverOn(): Promise<void> {
    let backoffMs = MIN_BACKOFF_MS;
    while (!this.stopping.signal.aborted) {
      try {
        this.notified = false;
        const moved = await this.own.send();
        backoffMs = MIN_BACKOFF_MS;
        // What was sent may have to be sent again. Everything else wakes it up.
        if (moved === 0 && !this.notified) await this.sleep(this.own.isWaiting ? LOOK_MS : undefined);
        if (moved < this.route.batchRows) await this.gather();
      } catch (error) {
        this.fail(error);
        await this.pause(backoffMs);
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      }
    }
  }

  /** Waits for more events to deliver together, as long as many come and there are not enough of them. */
  private async gather(): Promise<void> {
    let waited = 0;
    for (let pauses = 0; pauses < MAX_PAUSES && !this.stopping.signal.aborted; pauses += 1) {
      if (this.own.current?.pending.fills(Math.min(ENOUGH_EVENTS, this.route.batchRows))) return;
      await this.pause(GATHER_MS);
      const waits = this.own.current?.pending.inMemory ?? 0;
      if (waits - waited < MANY_EVENTS) return;
      waited = waits;
    }
  }

  /** Runs beside the deliveries, so that a store which does not answer does not delay them. */
  private async lookOn(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.attempt(async () => {
        const { batchRows } = this.route;
        while (!this.stopping.signal.aborted && (await this.recorder.numberRows(batchRows)) === batchRows);
      });
      const rowsWait = await this.attempt(() => this.deadProducers.look(this.recorder.producer));
      await this.attempt(() => this.own.current?.confirm());
      await this.pace.rest(rowsWait === true);
    }
  }

  /** Runs beside the looks: to ask about all numbers of a producer may take minutes, and everything else is confirmed meanwhile. */
  private async askForFormers(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.attempt(() => this.formers.look());
      await this.formersPace.rest(this.formers.isNew);
    }
  }

  private async attempt<Result>(work: () => Promise<Result> | undefined): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.fail(error);
      return undefined;
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

  /** Waits for a wake-up. @param ms the longest time */
  private sleep(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.stopping.signal.aborted) return resolve();
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      return undefined;
    });
  }
}
