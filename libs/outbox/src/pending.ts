import type { SequenceRange } from '@patient-access/events';
import type { NumberedEvent } from './rows.ts';

/** About 32 MB: enough for a minute without a broker at 500 events a second. */
export const MAX_KEPT_CHARACTERS = 32 * 1024 * 1024;

/** Of one delivery: far below what the store accepts over HTTP. A broker may get it in parts (docs/kafka.md). */
const MAX_DELIVERY_CHARACTERS = 2 * 1024 * 1024;

/** @returns how many of the first events make a delivery: at most `limit`, and at least one however long it is */
export function fitting(events: readonly NumberedEvent[], limit: number): number {
  let characters = 0;
  for (const [at, { text }] of events.entries()) {
    characters += text.length;
    if (at >= limit || (at > 0 && characters > MAX_DELIVERY_CHARACTERS)) return at;
  }
  return events.length;
}

/**
 * What a producer has to send, in the order of its numbers: events in memory, and after them a range that stands only in
 * the table, because memory was full or because a dead process wrote it.
 */
export class Pending {
  private kept: NumberedEvent[] = [];
  private keptCharacters = 0;
  private range: SequenceRange | undefined;
  private readonly maxCharacters: number;

  constructor(maxCharacters = MAX_KEPT_CHARACTERS) {
    this.maxCharacters = maxCharacters;
  }

  /** events in memory */
  get inMemory(): number {
    return this.kept.length;
  }

  get isEmpty(): boolean {
    return this.kept.length === 0 && !this.range;
  }

  /** characters of the texts of these events */
  get charactersInMemory(): number {
    return this.keptCharacters;
  }

  /** Whether a whole delivery waits, so that nothing is won by waiting for more. */
  fills(limit: number): boolean {
    const isFull = this.kept.length >= limit || this.keptCharacters > MAX_DELIVERY_CHARACTERS;
    return isFull || this.range !== undefined;
  }

  /** Adds an event that is in the table. It is kept in memory while there is room and nothing before it has to be read. */
  add(event: NumberedEvent): void {
    const { sequence, text } = event;
    if (this.range) this.range[1] = sequence;
    else if (this.keptCharacters + text.length > this.maxCharacters) this.range = [sequence, sequence];
    else {
      this.kept.push(event);
      this.keptCharacters += text.length;
    }
  }

  /** Adds a range of the table. */
  addRange([first, last]: SequenceRange): void {
    this.range = [Math.min(this.range?.[0] ?? first, first), Math.max(this.range?.[1] ?? last, last)];
  }

  /**
   * @param read reads at most `limit` rows of a range, in order
   * @returns the next events, as many as are {@link fitting}; none when everything was taken
   */
  async take(
    limit: number,
    read: (range: SequenceRange, limit: number) => Promise<NumberedEvent[]>,
  ): Promise<NumberedEvent[]> {
    if (this.kept.length > 0) {
      const taken = this.kept.splice(0, fitting(this.kept, limit));
      for (const { text } of taken) this.keptCharacters -= text.length;
      return taken;
    }
    if (!this.range) return [];
    const asked: SequenceRange = [...this.range];
    const found = await read(asked, limit);
    const taken = found.slice(0, fitting(found, limit));
    const isLast = taken.length === found.length && found.length < limit;
    const next = isLast ? asked[1] + 1 : (taken.at(-1)?.sequence ?? asked[1]) + 1;
    // More may have been added while it read.
    this.range = next <= this.range[1] ? [next, this.range[1]] : undefined;
    return taken;
  }
}
