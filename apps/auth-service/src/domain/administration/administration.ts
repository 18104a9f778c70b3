/** What all that administrators do at a plan has in common. The command line and the HTTP API both use these functions. */
import type { Pool } from '@patient-access/database';
import type { Actor } from '../audit/acts.ts';
import type { Administrator } from '../audit/administrator.ts';
import type { RunSql } from '../database.ts';
import { TenantSettings } from '../tenant/settings.ts';
import type { Tenant } from '../tenant/tenant.ts';
import type { PrismaClient } from '../../generated/client.ts';

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
function requirePlan<Row extends { deletedAt: Date | null }>(id: string, row: Row | null): Row {
  if (!row) throw new NotFoundError(`no tenant "${id}"`);
  if (row.deletedAt) throw new NotFoundError(`the plan "${id}" was deleted`);
  return row;
}

/** @throws NotFoundError when there is no such plan, or it was deleted and that is not allowed */
export async function openPlan(
  prisma: PrismaClient,
  id: string,
  { orDeleted = false } = {},
): Promise<Administration['tenant']> {
  const found = await prisma.tenant.findUnique({ where: { id } });
  const row = found && orDeleted ? found : requirePlan(id, found);
  const kind = row.kind as Administration['tenant']['kind'];
  return { id, name: row.name, kind, settings: TenantSettings.parse(row.settings) };
}

/** The lock that each row with this foreign key takes anyway: whoever deletes the plan waits for it. */
const HOLD_PLAN = 'SELECT deleted_at AS "deletedAt" FROM tenant WHERE id = $1 FOR KEY SHARE';

/**
 * The plan is not deleted until the transaction ends. Who looked before it began may have worked for hours since then.
 *
 * @param query in a transaction that is about to add to the plan
 * @throws NotFoundError when there is no such plan, or it was deleted
 */
export async function holdPlan(query: RunSql, id: string): Promise<void> {
  const [plan] = await query<{ deletedAt: Date | null }>(HOLD_PLAN, [id]);
  requirePlan(id, plan ?? null);
}
