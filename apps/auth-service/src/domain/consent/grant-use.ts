/** When grants were last used, to the minute, for the page of connected apps. Requests do not wait for it. */
import type { Pool } from '@patient-access/database';

const FLUSH_MS = 5_000;
const PRECISION_MS = 60_000;

/**
 * A plan that is deleted meanwhile gets nothing back: whoever deletes it waits for this, or this leaves the plan out. So it does
 * while the plan is changed, because the uses of other plans do not wait for that.
 */
const SAVE = {
  name: 'grant-use-save',
  text: `INSERT INTO grant_use (tenant, grant_id, used_at)
         SELECT p.id, u.g, now() FROM unnest($1::text[], $2::text[]) AS u (t, g)
           JOIN tenant p ON p.id = u.t AND p.deleted_at IS NULL FOR KEY SHARE OF p SKIP LOCKED
         ON CONFLICT (tenant, grant_id) DO UPDATE SET used_at = excluded.used_at
         WHERE grant_use.used_at <= excluded.used_at - make_interval(secs => ${PRECISION_MS / 1_000})`,
};

/**
 * Collects uses in memory and writes them every few seconds, many in one statement and each grant at most once a
 * minute. A crash can lose a last use; access events are recorded elsewhere and are never lost.
 */
export class GrantUse {
  private readonly pool: Pool;
  private readonly timers: NodeJS.Timeout[];
  /** noted in this minute; those in `pending` are still to be written */
  private readonly noted = new Set<string>();
  private pending: [tenant: string, grantId: string][] = [];
  /** what is being written */
  private writing: Promise<void> = Promise.resolve();

  constructor(pool: Pool) {
    this.pool = pool;
    this.timers = [
      setInterval(() => void this.flush().catch(() => undefined), FLUSH_MS).unref(),
      setInterval(() => this.noted.clear(), PRECISION_MS).unref(),
    ];
  }

  note(tenant: string, grantId: string): void {
    const key = `${tenant}/${grantId}`;
    if (this.noted.has(key)) return;
    this.noted.add(key);
    this.pending.push([tenant, grantId]);
  }

  /** Resolves when all that was noted before is written. */
  flush(): Promise<void> {
    this.writing = Promise.allSettled([this.writing]).then(() => this.save());
    return this.writing;
  }

  private async save(): Promise<void> {
    const uses = this.pending.sort();
    this.pending = [];
    if (uses.length === 0) return;
    const values = [uses.map(([tenant]) => tenant), uses.map(([, grantId]) => grantId)];
    await this.pool.query({ ...SAVE, values });
  }

  async stop(): Promise<void> {
    this.timers.forEach(clearInterval);
    await this.flush().catch(() => undefined);
  }
}
