import type pg from 'pg';

const LOCK = `
  SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true), pg_advisory_xact_lock(hashtext($1))`;
const IS_DELETED = 'SELECT FROM deleted_plan WHERE tenant = $1';

/** The plan has left, and its records were deleted. */
class PlanDeleted extends Error {
  override name = 'PlanDeleted';

  constructor(tenant: string) {
    super(`the plan ${tenant} was deleted: it takes no more records`);
  }
}

/**
 * Takes the lock by which those who write a tenant's resources take turns. What a writer has read about existing
 * versions then stays true until it commits. Also sets the transaction's row-level security context to the tenant.
 *
 * @throws PlanDeleted, so that no file brings back what a plan took along
 */
export async function lockTenant(client: pg.PoolClient, tenant: string): Promise<void> {
  if (await lockPlan(client, tenant)) throw new PlanDeleted(tenant);
}

/** As {@link lockTenant}, for who deletes the plan. @returns whether that was begun before */
export async function lockPlan(client: pg.PoolClient, tenant: string): Promise<boolean> {
  await client.query(LOCK, [tenant]);
  return ((await client.query(IS_DELETED, [tenant])).rowCount ?? 0) > 0;
}
