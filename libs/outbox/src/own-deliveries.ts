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
    for (const event of events) delivery.pending.add(event);
  }

  hasInMemory(producer: string): boolean {
    return [...this.former, this.current].some((each) => each?.producer === producer && each.isInMemory);
  }

  /** Sends what was recorded first before all else. @returns the number of events */
  async send(): Promise<number> {
    for (let [oldest] = this.former; oldest; [oldest] = this.former) {
      const sent = await oldest.send();
      if (sent > 0) return sent;
      this.former = this.former.filter((each) => each !== oldest);
    }
    return (await this.current?.send()) ?? 0;
  }

  /** All former ones together keep as much in memory as one may. What has no room there is in the table, if anywhere. */
  private goOnAs(producer: string): Delivery {
    const former = this.current ? [...this.former, this.current] : [];
    const kept = former.reduce((sum, { pending }) => sum + pending.charactersInMemory, 0);
    if (kept <= MAX_KEPT_CHARACTERS) this.former = former;
    this.current = new Delivery(this.route, producer, this.moved);
    return this.current;
  }
}
