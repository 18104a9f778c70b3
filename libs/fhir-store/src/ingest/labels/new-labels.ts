/** Finds out early that a batch concerns all databases of a tenant. */
import { sensitivityLabels } from '@patient-access/fhir';
import { existing } from '../rows/existing.ts';
import type { Label } from './plan-labels.ts';
import type { Prepared } from '../prepared.ts';
import { NeedsAll, type WriteContext } from '../turns/storing.ts';
import { keyOfTarget } from '../rows/key-columns.ts';

/**
 * A new resource with a label becomes conditional, of which every database is told. What is written decides that
 * (write.ts), but by then the whole batch has been checked, and it would all be checked once more.
 *
 * @throws NeedsAll
 */
export async function requireAllForNewLabels(
  context: WriteContext,
  tenant: string,
  prepared: ReadonlyMap<string, Pick<Prepared<unknown>, 'resource'>>,
  label: Label,
): Promise<void> {
  if (context.isComplete) return;
  const labelled = [...prepared.values()]
    .filter(({ resource }) => sensitivityLabels(label(resource).resource).length > 0)
    .map(({ resource: { resourceType: type, id } }) => ({ type, id }));
  if (labelled.length === 0) return;
  const stored = await existing(context.own, tenant, labelled);
  if (labelled.some((target) => !stored.has(keyOfTarget(target)))) throw new NeedsAll();
}
