/** What all that administrators do at a plan has in common. The command line and the HTTP API both use these functions. */
import type { Pool } from '@patient-access/database';
import type { Actor } from '../audit/acts.ts';
import type { Administrator } from '../audit/administrator.ts';
import type { Tenant } from '../tenant/tenant.ts';

/** An administrator at work for one plan. */
export interface Administration extends Administrator {
  pool: Pool;
  tenant: Pick<Tenant, 'id' | 'name' | 'kind' | 'settings'>;
  address?: string;
  requestId?: string;
}

export const actorOf = ({
  tenant,
  administrator,
  issuer,
  name,
  address,
  requestId,
}: Administration): Actor => ({
  tenant: tenant.id,
  administrator,
  issuer,
  name,
  address,
  requestId,
});

/** What is named is not at this plan, or there is no such plan. */
export class NotFoundError extends Error {
  override name = 'NotFoundError';
}

/**
 * @param row of the table `tenant`
 * @throws NotFoundError when there is no such plan, or it was deleted: a file that comes late brings nobody back (ADR 103)
 */
export function requirePlan<Row extends { deletedAt: Date | null }>(id: string, row: Row | null): Row {
  if (!row) throw new NotFoundError(`no tenant "${id}"`);
  if (row.deletedAt) throw new NotFoundError(`the plan "${id}" was deleted`);
  return row;
}
