/**
 * Notices, at the start and every second while something happens, when this service's database is an older one than audit-service was told of, and
 * applies what has ended since. Until that is done nothing is answered from the database (ADR 60).
 */
import { Pace } from '@patient-access/concurrency';
import type { Pool } from '@patient-access/database';
import type { Logger, Metrics } from '@patient-access/platform';
import { applyEnds } from './apply-ends.ts';
import { countMark, readState } from './database-state.ts';
import type { TrailOfEnds } from './trail.ts';

const INTERVAL_MS = 1_000;
/** While nothing happens: nothing ends then, and nothing is answered from the database. */
const QUIET_MS = 5_000;
const RETRY_MS = 250;

/**
 * `unconfirmed`: nobody has said yet that this database is the newest. `current`: it is. `older`: it is not, and what ended
 * since could not be applied.
 */
type Standing = 'unconfirmed' | 'current' | 'older';

interface Connections {
  pool: Pool;
  openRepairPool: () => Promise<Pool>;
  isListening: () => boolean;
}

export class DatabaseCheck {
  private readonly pool: Pool;
  private readonly connections: Connections;
  private readonly trail: TrailOfEnds;
  private readonly logger: Logger;
  private readonly pace = new Pace(INTERVAL_MS, QUIET_MS);
  private readonly retries = new Pace(RETRY_MS, RETRY_MS);
  private stopped = false;
  private standing: Standing = 'unconfirmed';
  /** the highest mark that this process has seen in its database */
  private seen = -1;
  private lost = 0;
  private running: Promise<void> = Promise.resolve();

  /**
   * @param connections.openRepairPool opens connections whose statements may take long
   * @param connections.isListening whether the connection whose loss calls `doubt` is open: only then a loss is heard of
   */
  constructor(connections: Connections, trail: TrailOfEnds, logger: Logger, metrics: Metrics) {
    this.pool = connections.pool;
    this.connections = connections;
    this.trail = trail;
    this.logger = logger;
    metrics.gauge(
      'auth_database_older',
      'Whether the database is older than what was confirmed elsewhere.',
      () => Promise.resolve(this.standing === 'older' ? 1 : 0),
    );
    metrics.gauge(
      'auth_database_unconfirmed',
      'Whether nobody has said yet that the database is the newest.',
      () => Promise.resolve(this.standing === 'unconfirmed' ? 1 : 0),
    );
  }

  /** Whether tokens, sessions and grants may be answered from the database. */
  get isCurrent(): boolean {
    return this.standing === 'current';
  }

  /** How often the database may have been replaced: what was asked before counts no more. */
  get doubts(): number {
    return this.lost;
  }

  /** Resolves after the first check, whatever it found. */
  async start(): Promise<void> {
    await this.check();
    this.running = this.run();
  }

  /** The database may be another one now. Nothing is answered before the next check. */
  doubt(): void {
    if (this.stopped) return;
    this.lost += 1;
    if (this.isCurrent) this.become('unconfirmed');
    this.checkNow();
  }

  checkNow(): void {
    this.pace.hurry();
    this.retries.hurry();
  }

  /** Something happens: it checks within a second. */
  wake(): void {
    this.pace.quicken();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await (this.isCurrent ? this.pace : this.retries).rest(false);
      if (!this.stopped) await this.check();
    }
  }

  /**
   * A check that fails changes nothing: a database that is replaced breaks the connection that listens, and `doubt` is
   * called. While nothing listens no check counts, because other connections may still lead to the former database.
   */
  private async check(): Promise<void> {
    const { doubts } = this;
    if (!this.connections.isListening()) return;
    try {
      const { id, mark } = await readState(this.pool);
      const highest = await this.trail.highestMark(id, mark).catch(() => undefined);
      const confirmed = Math.max(highest ?? -1, this.seen);
      if (mark < confirmed && (await readState(this.pool)).mark < confirmed) await this.repair(confirmed);
      // Without an answer, what this process has seen itself is enough.
      else if (doubts === this.doubts && (highest !== undefined || this.seen >= 0)) this.become('current');
      if (this.isCurrent) this.seen = Math.max(this.seen, await countMark(this.pool));
    } catch (err) {
      this.logger.warn({ err }, 'the database could not be checked');
    }
  }

  private async repair(confirmed: number): Promise<void> {
    this.lost += 1;
    this.become('older');
    const pool = await this.connections.openRepairPool();
    const applied = await applyEnds(pool, this.trail, { confirmed }).finally(() => pool.end());
    this.logger.warn(applied, 'the database was an older one: what has ended since was applied again');
    this.become('current');
  }

  private become(standing: Standing): void {
    if (this.standing === standing) return;
    this.standing = standing;
    if (standing === 'older') this.logger.error('the database is older than what was confirmed elsewhere');
    else if (standing === 'unconfirmed') this.logger.warn('the database may be another one now');
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pace.stop();
    this.retries.stop();
    await this.running;
  }
}
