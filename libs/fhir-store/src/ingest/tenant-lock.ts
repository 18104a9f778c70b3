import type pg from 'pg';

const LOCK = `
  SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true), pg_advisory_xact_lock(hashtext($1))`;

/**
 * Takes the lock by which those who write a tenant's resources take turns. What a writer has read about existing
 * versions then stays true until it commits. Also sets the transaction's row-level security context to the tenant.
 */
export async function lockTenant(client: pg.PoolClient, tenant: string): Promise<void> {
  await client.query(LOCK, [tenant]);
}
