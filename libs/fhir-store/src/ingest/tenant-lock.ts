import type pg from 'pg';

const LOCK = `
  SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true), pg_advisory_xact_lock(hashtext($1))`;

/**
 * Those who write a tenant's resources take turns, so that what was read about existing versions stays true until
 * commit. Sets the transaction's row-level security context to the tenant, too.
 */
export async function lockTenant(client: pg.PoolClient, tenant: string): Promise<void> {
  await client.query(LOCK, [tenant]);
}
