/** A rest that has not ended. */
interface Rest {
  ms: number;
  timer: NodeJS.Timeout;
  end(): void;
}

/**
 * When to look again for something that may be there: soon after something was there, and later and later while nothing
 * is. So nothing to do costs next to nothing. Whoever knows of something quickens it.
 */
export class Pace {
  private readonly quickMs: number;
  private readonly slowMs: number;
  private nextMs: number;
  private resting: Rest | undefined;
  private stopped = false;

  /** @param quickMs between two looks while there is something @param slowMs the longest time between two looks */
  constructor(quickMs: number, slowMs: number) {
    this.quickMs = quickMs;
    this.slowMs = slowMs;
    this.nextMs = quickMs;
  }

  /** Resolves when the next look is due. @param found whether there was something at the last look */
  rest(found: boolean): Promise<void> {
    const ms = found ? this.quickMs : this.nextMs;
    this.nextMs = Math.min(found ? ms : ms * 2, this.slowMs);
    return new Promise((resolve) => {
      if (this.stopped) resolve();
      else this.restFor(ms, resolve);
    });
  }

  /** There may be something: the next look is at most as far away as if there had been something at the last one. */
  quicken(): void {
    this.nextMs = this.quickMs;
    if (this.resting && this.resting.ms > this.quickMs) this.restFor(this.quickMs, this.resting.end);
  }

  /** The next look is due now. */
  hurry(): void {
    this.nextMs = this.quickMs;
    this.resting?.end();
  }

  /** Ends the rest, and every later one at once. */
  stop(): void {
    this.stopped = true;
    this.resting?.end();
  }

  private restFor(ms: number, resolve: () => void): void {
    clearTimeout(this.resting?.timer);
    const end = () => {
      clearTimeout(this.resting?.timer);
      this.resting = undefined;
      resolve();
    };
    this.resting = { ms, end, timer: setTimeout(end, ms) };
  }
}
