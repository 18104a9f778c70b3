import { Delivery, type Moved } from './delivery.ts';
import type { Route } from './route.ts';
import { producersWithRows, readEvents } from './rows.ts';
import { Tenure } from './tenure.ts';

const ALL: [number, number] = [1, Number.MAX_SAFE_INTEGER];

/** A producer of which only events of plans are left whose trail takes none now is left alone for so long. */
const LEAVE_ALONE_MS = 60_000;

/** Deliveries between two looks, so that what this process recorded is confirmed meanwhile. */
const AT_A_LOOK = 20;

interface Estate {
  delivery: Delivery;
  tenure: Tenure;
}

/** Delivers the rows that dead processes left, one process after the other. */
export class Heir {
  private readonly route: Route;
  private readonly moved: Moved;
  private estate: Estate | undefined;
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
    let rowsWait = this.estate !== undefined;
    this.estate ??= await this.takeOver(own, () => (rowsWait = true));
    if (this.estate) await this.deliver(this.estate);
    return rowsWait;
  }

  private async deliver({ delivery }: Estate): Promise<void> {
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
    const { estate } = this;
    this.estate = undefined;
    await estate?.tenure.end();
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
      const tenure = isLeft ? undefined : await Tenure.take(pool, producer);
      if (!tenure) continue;
      this.leftAlone.delete(producer);
      return { delivery: left?.delivery ?? this.deliveryOf(producer), tenure };
    }
    return undefined;
  }
}
