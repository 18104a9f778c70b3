import { Delivery, type Moved } from './delivery.ts';
import { ProducerLock } from './producer-lock.ts';
import type { Route } from './route.ts';
import { producersWithRows, readEvents } from './rows.ts';

const ALL: [number, number] = [1, Number.MAX_SAFE_INTEGER];

/** For so long a producer is left alone when all events that it still has are of plans that are held (ADR 143). */
const LEAVE_ALONE_MS = 60_000;

/** The most deliveries of one call of `look`: after it the relay asks for confirmations of what this process recorded. */
const AT_A_LOOK = 20;

interface DeadProducer {
  delivery: Delivery;
  lock: ProducerLock;
}

/** Delivers the rows that dead processes left, one process after the other. */
export class DeadProducers {
  private readonly route: Route;
  private readonly moved: Moved;
  private current: DeadProducer | undefined;
  /** by producer, what is left of it and until when it is left alone, `performance.now()` */
  private readonly leftAlone = new Map<string, { delivery: Delivery; until: number }>();

  constructor(route: Route, moved: Moved) {
    this.route = route;
    this.moved = moved;
  }

  /**
   * Takes over a producer whose lock is free, delivers its rows, and gives the lock back when none is left.
   *
   * @param own not it
   * @returns whether rows with a number waited, whoever their producer is
   */
  async look(own: string): Promise<boolean> {
    let rowsWait = this.current !== undefined;
    this.current ??= await this.takeOver(own, () => (rowsWait = true));
    if (this.current) await this.deliver(this.current);
    return rowsWait;
  }

  private async deliver({ delivery }: DeadProducer): Promise<void> {
    let sent = 0;
    while (sent < AT_A_LOOK && (await delivery.send()) > 0) sent += 1;
    await delivery.confirm();
    if (delivery.isUnderWay || !delivery.pending.isEmpty || sent === AT_A_LOOK) return;
    if (delivery.isSetAside) return this.leaveAlone(delivery);
    // A statement that was under way when its process died may have been committed since.
    const left = await readEvents(this.route.pool, delivery.producer, ALL, 1);
    if (left.length > 0) delivery.pending.addRange(ALL);
    else await this.end();
  }

  /** Others' rows do not wait for it. It is kept, so that its rows are not read again to find out whose they are. */
  private leaveAlone(delivery: Delivery): Promise<void> {
    this.leftAlone.set(delivery.producer, { delivery, until: performance.now() + LEAVE_ALONE_MS });
    return this.end();
  }

  async end(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.lock.end();
  }

  private deliveryOf(producer: string): Delivery {
    const delivery = new Delivery(this.route, producer, this.moved);
    delivery.pending.addRange(ALL);
    return delivery;
  }

  private async takeOver(own: string, onRows: () => void) {
    const { pool } = this.route;
    for await (const producer of producersWithRows(pool)) {
      onRows();
      const left = this.leftAlone.get(producer);
      const isLeft = producer === own || (left && left.until > performance.now());
      const lock = isLeft ? undefined : await ProducerLock.take(pool, producer);
      if (!lock) continue;
      this.leftAlone.delete(producer);
      return { delivery: left?.delivery ?? this.deliveryOf(producer), lock };
    }
    return undefined;
  }
}
