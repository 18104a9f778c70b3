import { planOf } from '@patient-access/fhir';
import type pg from 'pg';

const LOCK = `
  SELECT set_config('app.tenant', $1, true), set_config('app.member', '', true), pg_advisory_xact_lock(hashtext($1))`;
const IS_DELETED = 'SELECT FROM deleted_plan WHERE tenant = $1';
const IS_NOT_HERE = 'SELECT FROM plan_database WHERE plan = $1 AND (paused OR moved_to IS NOT NULL)';

/** The plan has left, and its records were deleted. */
class PlanDeleted extends Error {
  override name = 'PlanDeleted';

  constructor(tenant: string) {
    super(`the plan ${tenant} was deleted: it takes no more records`);
  }
}

/** The plan is being moved to another database, or has moved since the writer began. */
export class PlanMoves extends Error {
  override name = 'PlanMoves';

  constructor(tenant: string) {
    super(
      `the plan of ${tenant} is being moved to another database: nothing is written until that ends. Run the same again then`,
    );
  }
}

/**
 * Takes the lock by which those who write a tenant's resources take turns. What a writer has read about existing
 * versions then stays true until it commits. Also sets the transaction's row-level security context to the tenant.
 *
 * @throws PlanDeleted, so that no file brings back what a plan took along
 * @throws PlanMoves, so that no record is written to a database that the plan leaves or has left
 */
export async function lockTenant(client: pg.PoolClient, tenant: string): Promise<void> {
  if (await lockPlan(client, tenant)) throw new PlanDeleted(tenant);
}

/** As {@link lockTenant}, for who deletes the plan. @returns whether that was begun before */
export async function lockPlan(client: pg.PoolClient, tenant: string): Promise<boolean> {
  await client.query(LOCK, [tenant]);
  if (((await client.query(IS_NOT_HERE, [planOf(tenant)])).rowCount ?? 0) > 0) throw new PlanMoves(tenant);
  return ((await client.query(IS_DELETED, [tenant])).rowCount ?? 0) > 0;
}
