const MINUTE_MS = 60_000;
const MAX_SOURCES = 10_000;

/**
 * Lets each source through once a minute, so that a flood of requests does not become a flood of events (case A16).
 */
export class OncePerMinute {
  private minute = 0;
  private seen = new Set<string>();

  /** @returns false for a source that came before in this minute, and for all new ones once there are too many */
  isFirst(source: string): boolean {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    if (minute !== this.minute) this.seen = new Set();
    this.minute = minute;
    if (this.seen.has(source) || this.seen.size >= MAX_SOURCES) return false;
    this.seen.add(source);
    return true;
  }
}
