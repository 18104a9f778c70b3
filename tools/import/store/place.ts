import { definitions, type Owner, type Resource, CompartmentError } from '@patient-access/fhir';
import type { Stores } from './input.ts';

/** Whose member is found through a target has to wait until that can be stored; the higher, the longer. */
export type Turn = 'at once' | 'after its target' | 'last';

export interface Placement {
  owner: Owner;
  turn: Turn;
}

/**
 * Decides which database a resource goes to, and when.
 *
 * @throws Unplaceable when its type is unknown, or none of these stores takes it
 */
export function placeOf(stores: Stores, resource: Resource): Placement {
  const definition = definitions.get(resource.resourceType);
  if (!definition) throw new CompartmentError('unknown resource type');
  if (!stores.has(definition.owner)) {
    throw new CompartmentError(`${definition.owner} takes nothing from an import`);
  }
  const { owner, membership } = definition;
  if (membership.by !== 'reference') return { owner, turn: 'at once' };
  return { owner, turn: membership.afterOthers ? 'last' : 'after its target' };
}
