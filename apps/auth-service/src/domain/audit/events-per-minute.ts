const MINUTE_MS = 60_000;
/** In a minute, of all sources of one limit together. */
const MAX_EVENTS = 10_000;

/**
 * Lets so many requests of each source have an event of their own in a minute, so that a flood of requests does not become a
 * flood of events (case A16). The edge counts the others (ADR 62).
 */
export class EventsPerMinute {
  private readonly most: number;
  private minute = 0;
  private total = 0;
  private had = new Map<string, number>();

  /** @param most of one source */
  constructor(most: number) {
    this.most = most;
  }

  /** @returns false for a source that has had all of its events in this minute, and for every source once there are too many */
  mayHaveOwn(source: string): boolean {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    if (minute !== this.minute) Object.assign(this, { minute, total: 0, had: new Map() });
    const had = this.had.get(source) ?? 0;
    if (had >= this.most || this.total >= MAX_EVENTS) return false;
    this.had.set(source, had + 1);
    this.total += 1;
    return true;
  }
}
