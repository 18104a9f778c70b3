import type pg from 'pg';

/** The outbox is full above the first share of the limit, and has room again below the second. */
const FULL = 0.9;
const ROOM = 0.8;
const COUNT_MS = 1_000;
/** Counting takes at most one twentieth of the time: a slow count makes the next one wait longer. */
const SHARE = 20;

/** Rows that are not confirmed yet. The index still holds those that were removed since the last vacuum. */
export const DEPTH = 'SELECT count(*) AS depth FROM outbox';

const STATE = {
  name: 'outbox-state',
  text: `SELECT count(*) AS depth, greatest(0, extract(epoch FROM now() - min(created_at))) AS age FROM outbox`,
};

/** Watches how many events wait for delivery. It counts them once a second. */
export class Backpressure {
  private readonly pool: pg.Pool;
  private readonly rows: number;
  private readonly onChange: (full: boolean, depth: number) => void;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** rows not yet confirmed by the audit store, as last counted */
  depth = 0;
  /** age of the oldest of these rows */
  ageSeconds = 0;
  /** While this is true, the service discloses no member data. It begins at 90 % of the limit and ends below 80 %. */
  full = false;

  /** @param rows the most rows that may wait @param onChange called when the outbox becomes full or has room again */
  constructor(pool: pg.Pool, rows: number, onChange: (full: boolean, depth: number) => void) {
    this.pool = pool;
    this.rows = rows;
    this.onChange = onChange;
  }

  /** Counts now, and then once a second. @throws Error when the table cannot be read now */
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
      // A failure here needs no report: while the database does not answer, no event is recorded and no data is
      // disclosed.
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
