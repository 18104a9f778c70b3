/** No permit was free, and none was to be waited for: too many wait already, or the wait took too long. */
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
  /** how many may hold a permit at the same time */
  permits: number;
  /** how many may wait for one; the next is refused at once */
  queue: number;
  /** how long one waits; left out: until a permit is free */
  waitMs?: number;
}

/**
 * Bounds how much runs at the same time, and how much waits for it. Permits are granted in the order in which they were
 * asked for.
 */
export class Semaphore {
  private readonly limits: Limits;
  private held = 0;
  private waiting: Waiter[] = [];

  constructor(limits: Limits) {
    this.limits = limits;
  }

  /** Resolves when a permit is granted, which {@link release} gives back. @throws SemaphoreRefusal */
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

  /** Gives one permit back: to whoever has waited for longest, if anybody waits. */
  release(): void {
    const next = this.waiting.shift();
    if (!next) return void (this.held -= 1);
    clearTimeout(next.timer);
    next.grant();
  }

  /** Runs `work` with a permit. @throws SemaphoreRefusal, and whatever `work` throws */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.acquire();
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  /** Nobody holds a permit and nobody waits. */
  get isIdle(): boolean {
    return this.held === 0 && this.waiting.length === 0;
  }
}
