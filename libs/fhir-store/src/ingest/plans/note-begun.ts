import type { Pool } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import { actOnPlan, type ImportSource } from '../ingest-event.ts';

/**
 * Records that a command begins which goes through all stored records in many transactions, and changes what apps are served of
 * some. It is in the plan's trail before the first of them changes.
 *
 * @param all the databases of the tenant's resources
 * @param source of the first of them, and whose act it is in the trail
 */
export async function noteBegun(
  [first]: readonly Pool[],
  tenant: string,
  source: ImportSource,
  { action, said = [] }: { action: 'add-words' | 'reindex'; said?: readonly string[] },
): Promise<void> {
  await first?.query(recordStatement([actOnPlan(source, tenant, action, said)]));
}
