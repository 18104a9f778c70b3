/** Work that is done again and again beside the requests. */

const SECOND_MS = 1_000;

/** Calls each work again and again, one call at a time, and knows for how long it has failed. */
export class BackgroundWork {
  private readonly onError: (error: unknown, message: string) => void;
  private readonly ends: (() => Promise<void>)[] = [];
  /** when the first and the latest attempt failed since the last good one; undefined: the latest one was good */
  private readonly failed = new Map<string, { first: number; latest: number } | undefined>();

  /** @param onError is told of each attempt that fails */
  constructor(onError: (error: unknown, message: string) => void) {
    this.onError = onError;
  }

  /**
   * Does it now and every `ms`.
   *
   * @param name of the work in the metric
   * @param message what is told of an attempt that fails
   */
  every(name: string, ms: number, work: () => Promise<unknown>, message: string): void {
    this.failed.set(name, undefined);
    let running: Promise<unknown> | undefined;
    const call = () => {
      running ??= this.attempt(name, work, message).finally(() => (running = undefined));
    };
    const timer = setInterval(call, ms).unref();
    call();
    this.ends.push(async () => {
      clearInterval(timer);
      await running;
    });
  }

  /**
   * @returns for how many seconds each work has failed at each attempt, by its name: from the first failure to the latest. One
   *   attempt that fails is 0, however long it is until the next one
   */
  get failingSeconds(): Record<string, number> {
    return Object.fromEntries(
      [...this.failed].map(([name, failed]) => [
        name,
        failed ? (failed.latest - failed.first) / SECOND_MS : 0,
      ]),
    );
  }

  /** Begins nothing more, and waits for what is being done. */
  async stop(): Promise<void> {
    await Promise.all(this.ends.map((end) => end()));
  }

  private async attempt(name: string, work: () => Promise<unknown>, message: string): Promise<void> {
    try {
      await work();
      this.failed.set(name, undefined);
    } catch (error) {
      const latest = performance.now();
      this.failed.set(name, { first: this.failed.get(name)?.first ?? latest, latest });
      this.onError(error, message);
    }
  }
}
