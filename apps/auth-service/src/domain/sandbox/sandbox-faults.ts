/** The faults that apps set for their own grants. They are rows, so every replica applies them from the commit on. */
import type { Pool } from '@patient-access/database';
import type { TokenClaims } from '@patient-access/smart';
import type { RunSql } from '../database.ts';
import type { Tenant } from '../tenant/tenant.ts';

export type TimedFault = 'throttle' | 'slow';

/** The faults of a grant that are in force, as introspection reports them to the gateway. */
export type FaultsInForce = NonNullable<TokenClaims['sandbox']>;

/** `amount`: for `throttle` how many refusals are left, if the app limited them; for `slow` the milliseconds. */
interface Row {
  fault: TimedFault;
  amount: number | null;
  /** seconds left */
  left: number;
  /** seconds since the epoch */
  until: number;
}

/** Counts a refusal that has a limit. After the last one no row is found. */
const TAKE = {
  name: 'sandbox-take',
  text: `WITH counted AS (
           UPDATE sandbox_fault SET amount = amount - 1
            WHERE tenant = $1 AND grant_id = $2 AND fault = 'throttle' AND amount > 0 AND expires_at > now()
           RETURNING fault, amount, expires_at),
         found AS (
           SELECT * FROM counted
            UNION ALL
           SELECT fault, amount, expires_at FROM sandbox_fault
            WHERE tenant = $1 AND grant_id = $2 AND expires_at > now() AND (fault = 'slow' OR amount IS NULL))
         SELECT fault, amount, greatest(1, ceil(extract(epoch FROM expires_at - now())))::int AS left,
                extract(epoch FROM expires_at)::float8 AS until
           FROM found`,
};
/**
 * @returns SQL: may a fault be in force for a grant at the tenant of `k`? Few grants have one. A look-up that finds the grant
 *   answers this, too, and only then `take` is asked
 */
export const mayHaveFault = (grantId: string): string =>
  `EXISTS (SELECT 1 FROM sandbox_fault s WHERE s.tenant = k.tenant AND s.grant_id = ${grantId})`;
const SET_FAULT = `INSERT INTO sandbox_fault (tenant, grant_id, fault, amount, expires_at)
                 VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
                 ON CONFLICT (tenant, grant_id, fault) DO UPDATE
                 SET amount = excluded.amount, expires_at = excluded.expires_at
                 RETURNING expires_at`;
const CLEAR_FAULTS = 'DELETE FROM sandbox_fault WHERE tenant = $1 AND grant_id = $2 AND fault = ANY ($3)';
/** Of all callers in this time, exactly one gets a row. */
const ONCE_IN = `INSERT INTO sandbox_fault (tenant, grant_id, fault, expires_at)
                 VALUES ($1, '', 'rotate-keys', now() + make_interval(secs => $2))
                 ON CONFLICT (tenant, grant_id, fault) DO UPDATE SET expires_at = excluded.expires_at
                 WHERE sandbox_fault.expires_at <= now()
                 RETURNING 1`;

/** After a counted refusal the next request may succeed. */
const COUNTED_RETRY_SECONDS = 1;

/** Only preview tenants have a sandbox, where app developers set faults for their own apps. */
export const hasSandbox = ({ kind }: Pick<Tenant, 'kind'>): boolean => kind === 'preview';

/** The faults of one tenant. A fault is set or cleared in the caller's transaction. */
export class SandboxFaults {
  private readonly pool: Pool;
  private readonly tenant: string;

  constructor(pool: Pool, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
  }

  /**
   * The faults for one request of a grant. The request uses up one counted refusal.
   *
   * @returns undefined when no fault is in force
   */
  async take(grantId: string): Promise<FaultsInForce | undefined> {
    const { rows } = await this.pool.query<Row>({ ...TAKE, values: [this.tenant, grantId] });
    if (rows.length === 0) return undefined;
    const faults: FaultsInForce = {};
    for (const { fault, amount, left, until } of rows) {
      if (fault === 'throttle') faults.retry_after = amount === null ? left : COUNTED_RETRY_SECONDS;
      else Object.assign(faults, { slow_ms: amount, slow_until: until });
    }
    return faults;
  }

  /** @returns when the fault ends by itself */
  async setFault(
    query: RunSql,
    grantId: string,
    fault: TimedFault,
    { amount, seconds }: { amount?: number; seconds: number },
  ): Promise<Date> {
    const values = [this.tenant, grantId, fault, amount ?? null, seconds];
    const [row] = await query<{ expires_at: Date }>(SET_FAULT, values);
    if (!row) throw new Error('the fault was not stored');
    return row.expires_at;
  }

  async clearFaults(query: RunSql, grantId: string, faults: readonly TimedFault[]): Promise<void> {
    await query(CLEAR_FAULTS, [this.tenant, grantId, faults]);
  }

  /**
   * @returns whether the sandbox may rotate the tenant's keys now, at most once in this time; true counts as a
   * rotation
   */
  async mayRotate(seconds: number): Promise<boolean> {
    return (await this.pool.query(ONCE_IN, [this.tenant, seconds])).rowCount === 1;
  }
}
