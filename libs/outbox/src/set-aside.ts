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

/** The next events of plans that are tried again, and where those behind them begin. */
export interface DuePart {
  tenants: ReadonlySet<string>;
  events: readonly NumberedEvent[];
  next: number;
}

/**
 * Events of plans whose trail takes none now. They stay in the table, and later ones of the same plan wait behind them, so that
 * each lane keeps its order. What is of other plans goes on. As many as there is room for stay in memory, too: a table that was
 * put back may lack them (ADR 106).
 */
export class SetAside {
  private readonly plans = new Map<string, Waiting>();
  /** by number */
  private readonly kept = new Map<number, NumberedEvent>();
  private keptCharacters = 0;
  private readonly tryAgainMs: number;

  constructor(tryAgainMs = TRY_AGAIN_MS) {
    this.tryAgainMs = tryAgainMs;
  }

  get isEmpty(): boolean {
    return this.plans.size === 0;
  }

  /** characters of the texts of the events in memory */
  get charactersInMemory(): number {
    return this.keptCharacters;
  }

  has({ tenant }: NumberedEvent): boolean {
    return this.plans.has(tenant);
  }

  /** These wait, behind those of their plans that wait already. @param events in the order of their numbers */
  add(events: readonly NumberedEvent[]): void {
    for (const event of events) {
      const { tenant, sequence } = event;
      const { range, tryAt } = this.plans.get(tenant) ?? { range: [sequence, sequence], tryAt: this.later };
      const [first = sequence, last = sequence] = range;
      this.plans.set(tenant, { range: [Math.min(first, sequence), Math.max(last, sequence)], tryAt });
      this.keep(event);
    }
  }

  /** What came first goes first from memory: a standby that lags lacks the newest. */
  keepAtMost(characters: number): void {
    for (const sequence of this.kept.keys()) {
      if (this.keptCharacters <= characters) return;
      this.drop(sequence);
    }
  }

  /** A broker or the store has these. */
  release(ranges: readonly SequenceRange[]): void {
    if (this.kept.size === 0) return;
    for (const [first, last] of ranges)
      for (let sequence = first; sequence <= last; sequence += 1) this.drop(sequence);
  }

  /** The trail of these takes none yet. */
  postpone(tenants: ReadonlySet<string>): void {
    for (const [tenant, waiting] of this.plans) if (tenants.has(tenant)) waiting.tryAt = this.later;
  }

  /**
   * All plans that are due are read together: the rows of one are among those of the others.
   *
   * @returns the next events of plans that are to be tried again, as many as are {@link fitting}; undefined: there is none
   */
  async due(limit: number, read: Read): Promise<DuePart | undefined> {
    for (;;) {
      const now = performance.now();
      const due = new Map([...this.plans].filter(([, { tryAt }]) => tryAt <= now));
      if (due.size === 0) return undefined;
      const part = await this.partOf(due, limit, read);
      if (part.events.length > 0) return part;
      this.moveOn(part, new Set());
    }
  }

  /** The events of a part were stored. @param held but for those of these plans */
  moveOn({ tenants, next }: DuePart, held: ReadonlySet<string>): void {
    for (const tenant of tenants) {
      const waiting = this.plans.get(tenant);
      if (!waiting || held.has(tenant)) continue;
      waiting.tryAt = 0;
      const [first, last] = waiting.range;
      if (next > last) this.plans.delete(tenant);
      else waiting.range = [Math.max(first, next), last];
    }
  }

  private keep(event: NumberedEvent): void {
    if (this.kept.has(event.sequence)) return;
    this.kept.set(event.sequence, event);
    this.keptCharacters += event.text.length;
  }

  private drop(sequence: number): void {
    this.keptCharacters -= this.kept.get(sequence)?.text.length ?? 0;
    this.kept.delete(sequence);
  }

  /** @returns rows, and what memory has of the numbers up to `last`, in order */
  private withKept(rows: readonly NumberedEvent[], last: number): NumberedEvent[] {
    const events = new Map(rows.map((row) => [row.sequence, row]));
    for (const [sequence, event] of this.kept) if (sequence <= last) events.set(sequence, event);
    return [...events.values()].sort((one, other) => one.sequence - other.sequence);
  }

  private get later(): number {
    return performance.now() + this.tryAgainMs;
  }

  private async partOf(due: ReadonlyMap<string, Waiting>, limit: number, read: Read): Promise<DuePart> {
    const ranges = [...due.values()].map(({ range }) => range);
    const last = Math.max(...ranges.map(([, high]) => high));
    const found = await read([Math.min(...ranges.map(([low]) => low)), last], limit);
    const lastFound = found.length < limit ? last : (found.at(-1)?.sequence ?? last);
    const own = this.withKept(found, lastFound).filter(({ tenant, sequence }) => {
      const [low = Infinity, high = 0] = due.get(tenant)?.range ?? [];
      return low <= sequence && sequence <= high;
    });
    const events = own.slice(0, fitting(own, limit));
    const lastTaken = events.length < own.length ? events.at(-1)?.sequence : lastFound;
    return { tenants: new Set(due.keys()), events, next: (lastTaken ?? last) + 1 };
  }
}
