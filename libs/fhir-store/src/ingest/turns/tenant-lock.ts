/** The turns that writers take (docs/adr/0118-let-writers-of-different-members-work-at-once.md). */
import { planOf } from '@patient-access/fhir';
import type pg from 'pg';
import { AS_TENANT } from '../../sql/as-tenant.ts';

const lock = (name: 'pg_advisory_xact_lock' | 'pg_advisory_xact_lock_shared') =>
  `${AS_TENANT}, ${name}(hashtext($1))`;
const ALONE = lock('pg_advisory_xact_lock');
const TOGETHER = lock('pg_advisory_xact_lock_shared');
const STATE = `
  SELECT EXISTS (SELECT FROM plan_database WHERE plan = $2 AND (paused OR moved_to IS NOT NULL)) AS "isNotHere",
         EXISTS (SELECT FROM deleted_plan WHERE tenant = $1) AS "isDeleted"`;
/**
 * All writers go through members in the same order, so no two wait for each other. A row that is there is locked and stays as
 * it is (ON CONFLICT DO UPDATE locks what its WHERE leaves out, too).
 */
const MEMBERS = `
  INSERT INTO member_change (tenant, member, at)
  SELECT $1, k.member, '-infinity' FROM unnest($2::text[]) AS k (member) ORDER BY k.member COLLATE "C"
  ON CONFLICT (tenant, member) DO UPDATE SET at = EXCLUDED.at WHERE false`;

/** The plan has left, and its records were deleted. */
export class PlanDeleted extends Error {
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

interface PlanState {
  isNotHere: boolean;
  isDeleted: boolean;
}

async function lockBy(statement: string, client: pg.PoolClient, tenant: string): Promise<boolean> {
  await client.query(statement, [tenant]);
  const { rows } = await client.query<PlanState>(STATE, [tenant, planOf(tenant)]);
  if (rows[0]?.isNotHere) throw new PlanMoves(tenant);
  return rows[0]?.isDeleted ?? false;
}

/**
 * Waits until nobody else writes a tenant's resources, and lets nobody begin until the transaction ends. What a writer
 * has read about existing versions then stays true until it commits. Also sets the transaction's row-level security
 * context to the tenant.
 *
 * @throws PlanDeleted, so that no file brings back what a plan took along
 * @throws PlanMoves, so that no record is written to a database that the plan leaves or has left
 */
export async function lockTenant(client: pg.PoolClient, tenant: string): Promise<void> {
  if (await lockPlan(client, tenant)) throw new PlanDeleted(tenant);
}

/** As {@link lockTenant}, for who deletes the plan. @returns whether that was begun before */
export const lockPlan = (client: pg.PoolClient, tenant: string): Promise<boolean> =>
  lockBy(ALONE, client, tenant);

/** As {@link lockTenant}, for who writes beside others. What belongs to members needs {@link lockMembers} too. */
export async function joinTenant(client: pg.PoolClient, tenant: string): Promise<void> {
  if (await lockBy(TOGETHER, client, tenant)) throw new PlanDeleted(tenant);
}

/**
 * Waits until nobody else writes what belongs to these members. It is called once in a transaction, because who locked
 * more members later could wait for somebody who waits for him.
 *
 * @param members '' stands for the plan's reference data
 */
export async function lockMembers(
  client: pg.PoolClient,
  tenant: string,
  members: readonly string[],
): Promise<void> {
  await client.query(MEMBERS, [tenant, members]);
}
