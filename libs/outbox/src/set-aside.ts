import type { SequenceRange } from '@patient-access/events';
import { fitting } from './pending.ts';
import type { NumberedEvent } from './rows.ts';

/** audit-service looks once a minute whether it can let a plan go on. */
const TRY_AGAIN_MS = 10_000;

type Read = (range: SequenceRange, limit: number) => Promise<NumberedEvent[]>;

/** Numbers among which a plan's events wait. Between them are numbers of other plans, whose events need not be there any more. */
interface Waiting {
  range: SequenceRange;
  /** `performance.now()` */
  tryAt: number;
}

/** The next events of a plan that wait, and where those behind them begin. */
export interface Part {
  tenant: string;
  events: readonly NumberedEvent[];
  next: number;
}

/**
 * Events of plans whose trail takes none now. They stay in the table, and later ones of the same plan wait behind them, so that
 * each lane keeps its order. What is of other plans goes on.
 */
export class SetAside {
  private readonly plans = new Map<string, Waiting>();
  private readonly tryAgainMs: number;

  constructor(tryAgainMs = TRY_AGAIN_MS) {
    this.tryAgainMs = tryAgainMs;
  }

  get isEmpty(): boolean {
    return this.plans.size === 0;
  }

  has({ tenant }: NumberedEvent): boolean {
    return this.plans.has(tenant);
  }

  /** These wait, behind those of their plans that wait already. @param events in the order of their numbers */
  add(events: readonly NumberedEvent[]): void {
    for (const { tenant, sequence } of events) {
      const { range, tryAt } = this.plans.get(tenant) ?? { range: [sequence, sequence], tryAt: this.later };
      const [first = sequence, last = sequence] = range;
      this.plans.set(tenant, { range: [Math.min(first, sequence), Math.max(last, sequence)], tryAt });
    }
  }

  /** The trail of these takes none yet. */
  postpone(tenants: ReadonlySet<string>): void {
    for (const [tenant, waiting] of this.plans) if (tenants.has(tenant)) waiting.tryAt = this.later;
  }

  /** @returns the next events of a plan that is to be tried again, as many as are {@link fitting}; undefined: there is none */
  async due(limit: number, read: Read): Promise<Part | undefined> {
    for (const [tenant, waiting] of this.plans) {
      const part = waiting.tryAt <= performance.now() && (await this.partOf(tenant, waiting, limit, read));
      if (part) return part;
    }
    return undefined;
  }

  /** These were stored. */
  moveOn({ tenant, next }: Part): void {
    const waiting = this.plans.get(tenant);
    if (!waiting) return;
    waiting.tryAt = 0;
    this.goOn(tenant, waiting, next);
  }

  private get later(): number {
    return performance.now() + this.tryAgainMs;
  }

  private async partOf(
    tenant: string,
    waiting: Waiting,
    limit: number,
    read: Read,
  ): Promise<Part | undefined> {
    while (this.plans.has(tenant)) {
      const found = await read(waiting.range, limit);
      const own = found.filter((event) => event.tenant === tenant);
      const events = own.slice(0, fitting(own, limit));
      const isAll = found.length < limit && events.length === own.length;
      const lastRead = events.length < own.length ? events.at(-1) : found.at(-1);
      const next = isAll ? waiting.range[1] + 1 : (lastRead?.sequence ?? waiting.range[1]) + 1;
      if (events.length > 0) return { tenant, events, next };
      this.goOn(tenant, waiting, next);
    }
    return undefined;
  }

  private goOn(tenant: string, waiting: Waiting, next: number): void {
    if (next > waiting.range[1]) this.plans.delete(tenant);
    else waiting.range = [next, waiting.range[1]];
  }
}
