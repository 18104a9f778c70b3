/** What is on for a grant, in the database: every replica obeys as soon as it is committed. */
import { type Gathered, lookUp, type Pool } from '@patient-access/database';
import type { TokenClaims } from '@patient-access/smart';
import type { RunSql } from '../consent/end-grants.ts';
import type { Tenant } from '../tenant/tenant.ts';

export type TimedFault = 'throttle' | 'slow';

/** How a grant is to be treated, as introspection tells the gateway. */
export type FaultsInForce = NonNullable<TokenClaims['sandbox']>;

/** `amount`: of `throttle` how many refusals are left, if that was said; of `slow` the milliseconds. */
interface Row {
  switch: TimedFault;
  amount: number | null;
  /** seconds left */
  left: number;
  /** seconds since the epoch */
  until: number;
}

/** A refusal that is counted is counted here, whoever gives it: after the last one there is no row. */
const TAKE = {
  name: 'sandbox-take',
  text: `WITH counted AS (
           UPDATE sandbox_switch SET amount = amount - 1
            WHERE tenant = $1 AND grant_id = $2 AND switch = 'throttle' AND amount > 0 AND expires_at > now()
           RETURNING switch, amount, expires_at),
         found AS (
           SELECT * FROM counted
            UNION ALL
           SELECT switch, amount, expires_at FROM sandbox_switch
            WHERE tenant = $1 AND grant_id = $2 AND expires_at > now() AND (switch = 'slow' OR amount IS NULL))
         SELECT switch, amount, greatest(1, ceil(extract(epoch FROM expires_at - now())))::int AS left,
                extract(epoch FROM expires_at)::float8 AS until
           FROM found`,
};
/** Hardly ever is anything on: then this is all that is asked, for many grants at once. */
const IS_ON: Gathered = {
  name: 'sandbox-is-on',
  text: `SELECT k.n FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, grant_id, n)
          WHERE EXISTS (SELECT 1 FROM sandbox_switch s WHERE s.tenant = k.tenant AND s.grant_id = k.grant_id)`,
};
const TURN_ON = `INSERT INTO sandbox_switch (tenant, grant_id, switch, amount, expires_at)
                 VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
                 ON CONFLICT (tenant, grant_id, switch) DO UPDATE
                 SET amount = excluded.amount, expires_at = excluded.expires_at
                 RETURNING expires_at`;
const TURN_OFF = 'DELETE FROM sandbox_switch WHERE tenant = $1 AND grant_id = $2 AND switch = ANY ($3)';
/** Of any number of callers in that time exactly one gets a row. */
const ONCE_IN = `INSERT INTO sandbox_switch (tenant, grant_id, switch, expires_at)
                 VALUES ($1, '', 'rotate-keys', now() + make_interval(secs => $2))
                 ON CONFLICT (tenant, grant_id, switch) DO UPDATE SET expires_at = excluded.expires_at
                 WHERE sandbox_switch.expires_at <= now()
                 RETURNING 1`;

/** After a counted refusal the next answer may be a good one. */
const COUNTED_RETRY_SECONDS = 1;

/** App developers make things go wrong for their own app on preview tenants, and on no other. */
export const hasSandbox = ({ kind }: Pick<Tenant, 'kind'>): boolean => kind === 'preview';

/** The sandbox of one tenant. What is turned on or off is so in the caller's transaction. */
export class SandboxFaults {
  private readonly pool: Pool;
  private readonly tenant: string;

  constructor(pool: Pool, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
  }

  /** For one request of a grant: a counted refusal that it says is used up. @returns undefined when nothing is on */
  async take(grantId: string): Promise<FaultsInForce | undefined> {
    if (!(await lookUp(this.pool, IS_ON, [this.tenant, grantId]))) return undefined;
    const { rows } = await this.pool.query<Row>({ ...TAKE, values: [this.tenant, grantId] });
    if (rows.length === 0) return undefined;
    const treatment: FaultsInForce = {};
    for (const { switch: which, amount, left, until } of rows) {
      if (which === 'throttle') treatment.retry_after = amount === null ? left : COUNTED_RETRY_SECONDS;
      else Object.assign(treatment, { slow_ms: amount, slow_until: until });
    }
    return treatment;
  }

  /** @returns when it goes off by itself */
  async turnOn(
    query: RunSql,
    grantId: string,
    which: TimedFault,
    { amount, seconds }: { amount?: number; seconds: number },
  ): Promise<Date> {
    const values = [this.tenant, grantId, which, amount ?? null, seconds];
    const [row] = await query<{ expires_at: Date }>(TURN_ON, values);
    if (!row) throw new Error('the switch was not stored');
    return row.expires_at;
  }

  async turnOff(query: RunSql, grantId: string, which: readonly TimedFault[]): Promise<void> {
    await query(TURN_OFF, [this.tenant, grantId, which]);
  }

  /** @returns whether the tenant's keys were not rotated here within that time; then they count as rotated now */
  async mayRotate(seconds: number): Promise<boolean> {
    return (await this.pool.query(ONCE_IN, [this.tenant, seconds])).rowCount === 1;
  }
}
