import { setTimeout as delay } from 'node:timers/promises';
import { Pace } from '@patient-access/concurrency';
import type pg from 'pg';

/** The outbox is full above the first share of the limit, and has room again below the second. */
const FULL = 0.9;
const ROOM = 0.8;
const COUNT_MS = 1_000;
/** While no row waits and nothing is recorded. Rows of other processes, and of other transactions, are found then. */
const QUIET_COUNT_MS = 5_000;
/** Counting takes at most one twentieth of the time: a slow count makes the next one wait longer. */
const SHARE = 20;
/** But it waits no longer than that. A count is slow for a while, too, when the database is away, or somebody has a lock. */
const LONGEST_MS = 10_000;

/** Rows that are not confirmed yet. The index still holds those that were removed since the last vacuum. */
export const DEPTH = 'SELECT count(*) AS depth FROM outbox';

const STATE = {
  name: 'outbox-state',
  text: `
    SELECT count(*) AS depth, greatest(0, extract(epoch FROM now() - min(created_at))) AS age,
           current_setting('transaction_read_only') = 'on' AS "readOnly" FROM outbox`,
};

interface State {
  depth: string;
  age: string | null;
  readOnly: boolean;
}

interface Told {
  /** The outbox became full, or has room again. */
  onChange(full: boolean, depth: number): void;
  /** The database takes no writes, or takes them again. */
  onReadOnly(readOnly: boolean): void;
  /** Rows wait. */
  onRows(): void;
}

/** Watches how many events wait for delivery. It counts them once a second, and seldom while there are none. */
export class Backpressure {
  private readonly pool: pg.Pool;
  private readonly rows: number;
  private readonly told: Told;
  private readonly pace = new Pace(COUNT_MS, QUIET_COUNT_MS);
  private stopped = false;
  /** rows not yet confirmed by the audit store, as last counted */
  depth = 0;
  /** age of the oldest of these rows */
  ageSeconds = 0;
  /** While this is true, the service discloses no member data. It begins at 90 % of the limit and ends below 80 %. */
  full = false;
  /**
   * Whether no event can be recorded, and so nothing be disclosed: the address leads to a standby, or somebody has set the server to
   * read-only, as providers do when its disk is nearly full. Such a server answers, so no connection and no probe fails.
   */
  readOnly = false;

  /** @param rows the most rows that may wait */
  constructor(pool: pg.Pool, rows: number, told: Told) {
    this.pool = pool;
    this.rows = rows;
    this.told = told;
  }

  /** Counts now, and then again and again. @throws Error when the table cannot be read now */
  async start(): Promise<void> {
    await this.look();
    void this.lookOn();
  }

  /** Rows may be there soon: they are counted within a second. */
  expect(): void {
    this.pace.quicken();
  }

  stop(): void {
    this.stopped = true;
    this.pace.stop();
  }

  private async lookOn(): Promise<void> {
    for (let tookMs = 0; !this.stopped;) {
      const longerMs = Math.min(Math.max(0, SHARE * tookMs - COUNT_MS), LONGEST_MS);
      await this.pace.rest(this.depth > 0);
      await delay(longerMs, undefined, { ref: false });
      if (this.stopped) return;
      const startedAt = performance.now();
      // A failure here needs no report: while the database does not answer, no event is recorded and no data is
      // disclosed.
      await this.look().catch(() => undefined);
      tookMs = performance.now() - startedAt;
    }
  }

  private async look(): Promise<void> {
    const { rows } = await this.pool.query<State>(STATE);
    this.depth = Number(rows[0]?.depth ?? 0);
    this.ageSeconds = Number(rows[0]?.age ?? 0);
    const full = this.depth >= this.rows * (this.full ? ROOM : FULL);
    if (full !== this.full) this.told.onChange(full, this.depth);
    this.full = full;
    const readOnly = rows[0]?.readOnly ?? false;
    if (readOnly !== this.readOnly) this.told.onReadOnly(readOnly);
    this.readOnly = readOnly;
    if (this.depth > 0) this.told.onRows();
  }
}
