/** Somebody asked while too many others were waiting already. */
export class Busy extends Error {
  readonly statusCode = 503;
  override readonly name = 'Busy';
  /** seconds after which to try again */
  readonly retryAfter = 5;
}

/**
 * Lets a bounded number of works run at a time, in the order they came, and a bounded number wait: what costs a core
 * each time must not take all of them from everything else.
 */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly parallel: number;
  private readonly maxWaiting: number;

  constructor(parallel: number, maxWaiting: number) {
    this.parallel = parallel;
    this.maxWaiting = maxWaiting;
  }

  /** @throws Busy at once when neither a place nor a place to wait is free */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.parallel) this.running += 1;
    else await this.wait();
    try {
      return await work();
    } finally {
      // A place is handed on, not given up, when somebody waits for it.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  private wait(): Promise<void> {
    if (this.waiting.length >= this.maxWaiting) throw new Busy('too many at the same time');
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
