/**
 * Notices when this service's database is older than the state that audit-service was told of, and applies what has ended
 * since. It looks at the start, and then every second while something happens. Until all has been applied, nothing is answered
 * from the database (ADR 60).
 */
import { Pace } from '@patient-access/concurrency';
import type { Pool } from '@patient-access/database';
import type { Logger, Metrics } from '@patient-access/platform';
import { applyEnds } from './apply-ends.ts';
import { countMark, currentPlace, type DatabaseState, readState } from './database-state.ts';
import { knowsAllSince, type TrailMark, TrailNotWhole, type TrailOfEnds } from './trail.ts';

const INTERVAL_MS = 1_000;
/** Between two looks while nothing happens. Then nothing ends, and nothing is answered from the database. */
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
  /** the highest mark of which this process knows that audit-service stored it */
  private known = 0;
  /** for the operators */
  private waits = false;
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

  /** How often the database may have been replaced. What was read from it before such a moment may be out of date. */
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
      const place = await currentPlace(this.pool);
      const state = await readState(this.pool);
      const told = await this.trail.highestMark(state.id, state.mark, this.known).catch(() => undefined);
      this.known = Math.max(this.known, told?.highest ?? 0);
      const confirmed = Math.max(told?.highest ?? -1, this.seen);
      if (state.mark < confirmed && (await readState(this.pool)).mark < confirmed)
        await this.repair(confirmed);
      else if (this.isVouchedFor(state, place, told) && doubts === this.doubts) this.become('current');
      if (this.isCurrent) await this.count(place, Math.max(state.mark, confirmed));
    } catch (err) {
      this.sayWhy(err);
    }
  }

  /** Where an older database has taken the place of the one that was checked, it is not counted but checked. */
  private async count(place: string, least: number): Promise<void> {
    const counted = await countMark(this.pool, place, least);
    if (counted === undefined) this.doubt();
    else this.seen = Math.max(this.seen, counted);
  }

  /** It waits for the operators, so it says that once. */
  private sayWhy(err: unknown): void {
    const waits = err instanceof TrailNotWhole;
    if (!waits) this.logger.warn({ err }, 'the database could not be checked');
    else if (!this.waits) this.logger.error({ err }, 'the operators have to say what has ended');
    this.waits = waits;
  }

  /**
   * Whether somebody remembers that a database with this mark is the newest: this process, which needs no answer of the trail;
   * the trail, if it knows what came after; the database itself, if it is where it was (ADR 116).
   *
   * @throws TrailNotWhole when nobody does, and nobody will
   */
  private isVouchedFor(state: DatabaseState, place: string, told: TrailMark | undefined): boolean {
    if (this.seen >= 0) return true;
    if (told === undefined) return false;
    if (state.place === null || state.place === place || knowsAllSince(told, state.markedAt)) return true;
    this.become('older');
    throw new TrailNotWhole();
  }

  private async repair(confirmed: number): Promise<void> {
    this.lost += 1;
    this.become('older');
    const pool = await this.connections.openRepairPool();
    const applied = await applyEnds(pool, this.trail, { confirmed, known: this.known }).finally(() =>
      pool.end(),
    );
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
