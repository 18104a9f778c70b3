import { Pace } from '@patient-access/concurrency';
import type { Pool } from '@patient-access/database';
import { compactSequences } from './producer-sequences.ts';

const COMPACT_MS = 10_000;
/** While nothing arrives. */
const QUIET_MS = 60_000;

/** Moves the marks below which no number is missing, until it is stopped. After a failure it tries again later. */
export class Compaction {
  private readonly pace = new Pace(COMPACT_MS, QUIET_MS);
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(pool: Pool) {
    this.running = this.run(pool);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pace.stop();
    await this.running;
  }

  private async run(pool: Pool): Promise<void> {
    for (let moved = true; !this.stopped;) {
      await this.pace.rest(moved);
      if (!this.stopped) moved = await compactSequences(pool).catch(() => false);
    }
  }
}
