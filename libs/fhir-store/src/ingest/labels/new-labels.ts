/** Finds out early that a batch concerns all databases of a tenant. */
import { sensitivityLabels } from '@patient-access/fhir';
import type pg from 'pg';
import { existing } from '../rows/existing.ts';
import type { Label } from './plan-labels.ts';
import type { Prepared } from '../prepared.ts';
import { NeedsAll, type WriteContext } from '../turns/storing.ts';
import { keyOfTarget } from '../rows/key-columns.ts';

/** What a batch has of each resource before it is stored. */
type Coming = ReadonlyMap<string, Pick<Prepared<unknown>, 'resource'>>;

/** Does the batch bring a resource with a label that is not stored yet? */
export async function hasNewLabels(
  client: pg.PoolClient,
  tenant: string,
  prepared: Coming,
  label: Label,
): Promise<boolean> {
  const labelled = [...prepared.values()]
    .filter(({ resource }) => sensitivityLabels(label(resource).resource).length > 0)
    .map(({ resource: { resourceType: type, id } }) => ({ type, id }));
  if (labelled.length === 0) return false;
  const stored = await existing(client, tenant, labelled);
  return labelled.some((target) => !stored.has(keyOfTarget(target)));
}

/**
 * A new resource with a label becomes conditional, of which every database is told. What is written decides that
 * (write.ts), but by then the whole batch has been checked, and it would all be checked once more.
 *
 * @throws NeedsAll
 */
export async function requireAllForNewLabels(
  context: WriteContext,
  tenant: string,
  prepared: Coming,
  label: Label,
): Promise<void> {
  if (context.isComplete) return;
  if (await hasNewLabels(context.own, tenant, prepared, label)) throw new NeedsAll();
}
