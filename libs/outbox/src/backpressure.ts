import type pg from 'pg';

/** Above this share of the budget nothing more is taken, and below the lower one everything again. */
const FULL = 0.9;
const ROOM = 0.8;
const COUNT_MS = 1_000;
/** Counting takes at most one part in so many of the time. */
const SHARE = 20;

/**
 * Rows not yet confirmed. By the two indexes that know rows only while they are there: those that were taken out since the
 * last vacuum, which may be a thousand times as many, are in the table and in its key.
 */
export const DEPTH = `(SELECT count(*) FROM outbox WHERE sequence IS NULL) +
                      (SELECT count(*) FROM outbox WHERE sequence IS NOT NULL) AS depth`;

const STATE = {
  name: 'outbox-state',
  text: `SELECT ${DEPTH},
                greatest(0, extract(epoch FROM now() - least(
                  (SELECT min(created_at) FROM outbox WHERE sequence IS NULL),
                  (SELECT created_at FROM outbox WHERE sequence IS NOT NULL ORDER BY sequence LIMIT 1)))) AS age`,
};

/** How much waits for delivery, looked at each second. */
export class Backpressure {
  private readonly pool: pg.Pool;
  private readonly rows: number;
  private readonly onChange: (full: boolean, depth: number) => void;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** rows not yet confirmed by the audit store, as last counted */
  depth = 0;
  /** of the oldest of them */
  ageSeconds = 0;
  /** From nine tenths of the budget on, until a tenth of it has gone again: member data is not to be disclosed. */
  full = false;

  /** @param rows the most that may wait @param onChange is told when the outbox becomes full, and when it has room */
  constructor(pool: pg.Pool, rows: number, onChange: (full: boolean, depth: number) => void) {
    this.pool = pool;
    this.rows = rows;
    this.onChange = onChange;
  }

  /** Looks now, and goes on looking. @throws Error when the table cannot be read */
  async start(): Promise<void> {
    await this.look();
    this.lookAgain(COUNT_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private lookAgain(afterMs: number): void {
    if (this.stopped) return;
    const look = async () => {
      const startedAt = performance.now();
      // A database that does not answer takes no events either, and disclosures fail at that.
      await this.look().catch(() => undefined);
      this.lookAgain(Math.max(COUNT_MS, SHARE * (performance.now() - startedAt)));
    };
    this.timer = setTimeout(() => void look(), afterMs).unref();
  }

  private async look(): Promise<void> {
    const { rows } = await this.pool.query<{ depth: string; age: string | null }>(STATE);
    this.depth = Number(rows[0]?.depth ?? 0);
    this.ageSeconds = Number(rows[0]?.age ?? 0);
    const full = this.depth >= this.rows * (this.full ? ROOM : FULL);
    if (full !== this.full) this.onChange(full, this.depth);
    this.full = full;
  }
}
