import { Delivery, type Moved } from './delivery.ts';
import { MAX_KEPT_CHARACTERS } from './pending.ts';
import type { Route } from './route.ts';
import type { NumberedEvent } from './rows.ts';

/**
 * What this process recorded and has to send: as the producer that it is, and as those that it was (recorder.ts). The rows of
 * these are delivered as those of a dead process, too. But a database that was put back may lack them, and then this memory is
 * the only place that has the events.
 */
export class OwnDeliveries {
  /** of the newest producer */
  current: Delivery | undefined;
  private readonly route: Route;
  private readonly moved: Moved;
  private former: readonly Delivery[] = [];

  constructor(route: Route, moved: Moved) {
    this.route = route;
    this.moved = moved;
  }

  /** @param events that are durable, in the order of their numbers */
  add(producer: string, events: readonly NumberedEvent[]): void {
    const delivery = this.current?.producer === producer ? this.current : this.goOnAs(producer);
    for (const event of events) delivery.add(event);
  }

  hasInMemory(producer: string): boolean {
    return [...this.former, this.current].some((each) => each?.producer === producer && each.isInMemory);
  }

  /** Whether something may be due without a wake-up. */
  get isWaiting(): boolean {
    return this.former.length > 0 || this.current?.isUnderWay === true || this.current?.isSetAside === true;
  }

  /**
   * Sends what was recorded first before all else. Only what waits for the trail of its plan keeps back nothing.
   *
   * @returns the number of events
   */
  async send(): Promise<number> {
    let waiting = 0;
    for (let former = this.former[waiting]; former; former = this.former[waiting]) {
      const sent = await former.send();
      if (sent > 0) return sent;
      if (former.isInMemory) waiting += 1;
      else this.former = this.former.toSpliced(waiting, 1);
    }
    return (await this.current?.send()) ?? 0;
  }

  private goOnAs(producer: string): Delivery {
    if (this.current) this.keep(this.current);
    this.current = new Delivery(this.route, producer, this.moved, MAX_KEPT_CHARACTERS);
    return this.current;
  }

  /**
   * All former ones together keep as much in memory as one may, first what is pending, and of the rest the oldest's first. What has
   * no room there is in the table, if anywhere.
   */
  private keep(delivery: Delivery): void {
    const former = [...this.former, delivery];
    const pending = former.reduce((sum, each) => sum + each.pending.charactersInMemory, 0);
    if (pending > MAX_KEPT_CHARACTERS) return;
    this.former = former;
    let spare = MAX_KEPT_CHARACTERS - pending;
    for (const each of former) spare -= each.endAsFormer(spare);
  }
}
