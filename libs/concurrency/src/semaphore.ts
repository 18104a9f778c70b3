/**
 * No permit was free, and the caller could not wait for one: too many were waiting already, or the wait took too
 * long.
 */
export class SemaphoreRefusal extends Error {
  override readonly name = 'SemaphoreRefusal';
  readonly reason: 'queue-full' | 'timeout';

  constructor(reason: SemaphoreRefusal['reason']) {
    super(`no permit: ${reason}`);
    this.reason = reason;
  }
}

interface Waiter {
  grant(): void;
  timer?: NodeJS.Timeout;
}

interface Limits {
  /** how many callers may hold a permit at the same time */
  permits: number;
  /** how many callers may wait for a permit; one more is refused at once */
  queue: number;
  /** how long a caller waits; absent: until a permit is free */
  waitMs?: number;
}

/**
 * Limits concurrent work and the number of callers that wait for it. Permits are granted in the order of the
 * requests.
 */
export class Semaphore {
  private readonly limits: Limits;
  private held = 0;
  private waiting: Waiter[] = [];

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Resolves when a permit is granted. {@link release} gives it back. @throws SemaphoreRefusal */
  async acquire(): Promise<void> {
    const { permits, queue, waitMs } = this.limits;
    if (this.held < permits) return void (this.held += 1);
    if (this.waiting.length >= queue) throw new SemaphoreRefusal('queue-full');
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { grant: resolve };
      this.waiting.push(waiter);
      if (waitMs === undefined) return;
      waiter.timer = setTimeout(() => {
        this.waiting = this.waiting.filter((each) => each !== waiter);
        reject(new SemaphoreRefusal('timeout'));
      }, waitMs);
    });
  }

  /** Gives one permit back, to the caller that has waited for the longest time if there is one. */
  release(): void {
    const next = this.waiting.shift();
    if (!next) return void (this.held -= 1);
    clearTimeout(next.timer);
    next.grant();
  }

  /** Runs `work` with a permit. @throws SemaphoreRefusal, or the error of `work` */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.acquire();
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  /** Is no permit in use, and does no caller wait? */
  get isIdle(): boolean {
    return this.held === 0 && this.waiting.length === 0;
  }
}
