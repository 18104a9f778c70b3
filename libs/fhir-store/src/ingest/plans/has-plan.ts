import type { Pool } from '@patient-access/database';
import { asTenant } from '../../sql/as-tenant.ts';

/** An expectation of a load (`feed`) counts as well: somebody has made it for a plan that is right. */
const HAS_PLAN = `
  SELECT EXISTS (SELECT FROM resource WHERE tenant = $1) OR EXISTS (SELECT FROM feed WHERE tenant = $1)
      OR EXISTS (SELECT FROM deleted_plan WHERE tenant = $1) AS "hasPlan"`;

/**
 * Does a database have anything of a tenant: a resource, a load, or that its records were deleted?
 *
 * @param pool of the ingest role
 */
export function hasPlan(pool: Pool, tenant: string): Promise<boolean> {
  return asTenant(pool, tenant, async (client) => {
    const { rows } = await client.query<{ hasPlan: boolean }>(HAS_PLAN, [tenant]);
    return rows[0]?.hasPlan ?? false;
  });
}
