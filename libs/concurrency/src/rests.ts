/** How long work may keep the thread for itself. An answer of a database that comes meanwhile waits about so long. */
const WORK_MS = 1;

/**
 * Rests of work that takes long. What waits for the same thread, as an answer of a database does, goes on meanwhile. A loop that
 * awaits only what is ready lets nothing else go on.
 */
export class Rests {
  private since = performance.now();

  /** Rests if the work has gone on for long enough. */
  async ifDue(): Promise<void> {
    if (performance.now() - this.since < WORK_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.since = performance.now();
  }
}
