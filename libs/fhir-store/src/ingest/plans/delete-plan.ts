/** Deletes all records of a plan that has left (docs/adr/0103-delete-a-plan-and-keep-its-trail.md). */
import { deleteTenantRows, inTransaction, type Pool, tablesOfTenants } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import { eventOnRecords, type ImportSource } from '../ingest-event.ts';
import { lockPlan } from '../turns/tenant-lock.ts';

/** Stay: that the plan was deleted, and the instant that the release before wrote for the whole plan. */
const KEPT: readonly string[] = ['deleted_plan', 'last_change'];
const RESOURCES = 'resource';
const BEGIN = 'INSERT INTO deleted_plan (tenant, by) VALUES ($1, $2)';

type Counts = Record<string, number>;

/** A resource has a row for each form of it; the first is the whole. */
function countResources(rows: readonly Record<string, unknown>[], counts: Counts): void {
  for (const { type, form } of rows as readonly { type: string; form: number }[])
    if (form === 0) counts[type] = (counts[type] ?? 0) + 1;
}

/**
 * Deletes all that a database holds of a plan, a few thousand rows at a time. From its first commit on no import for the
 * plan is accepted. Begun again after a stop, it goes on; on a plan that is gone it changes nothing.
 *
 * @param pool of the ingest role
 * @param source the events in the plan's trail name it: one when it begins, and one with what went at its end
 * @returns how many resources of each type went
 */
export async function deletePlan(pool: Pool, tenant: string, source: ImportSource): Promise<Counts> {
  await inTransaction(pool, async (client) => {
    if (await lockPlan(client, tenant)) return;
    await client.query(BEGIN, [tenant, source.by]);
    await client.query(recordStatement([eventOnRecords(source, tenant, 'plan-delete')]));
  });
  const counts: Counts = {};
  let rowsGone = 0;
  for (const table of await tablesOfTenants(pool)) {
    if (KEPT.includes(table)) continue;
    rowsGone += await deleteTenantRows(pool, table, tenant, {
      onBegin: (client) => lockPlan(client, tenant),
      ...(table === RESOURCES && { returning: 'type, form', onGone: (rows) => countResources(rows, counts) }),
    });
  }
  if (rowsGone > 0)
    await inTransaction(pool, (client) =>
      client.query(recordStatement([eventOnRecords(source, tenant, 'plan-deleted', { counts })])),
    );
  return counts;
}
