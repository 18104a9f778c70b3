import {
  compartmentOf,
  type Definition,
  definitions,
  type Owner,
  type Resource,
  CompartmentError,
} from '@patient-access/fhir';
import type { Stores } from './input.ts';

/** Whose member is found through a target has to wait until that can be stored; the higher, the longer. */
export type Turn = 'at once' | 'after its target' | 'last';

export interface Place {
  owner: Owner;
  turn: Turn;
}

function ownerOfTarget(stores: Stores, definition: Definition, resource: Resource): Owner {
  const compartment = compartmentOf(definition, resource);
  const targets = compartment.to === 'reference' ? compartment.targets : [];
  for (const { type } of targets) {
    const owner = definitions.get(type)?.owner;
    if (owner !== undefined && owner !== 'beside its target' && stores.has(owner)) return owner;
  }
  throw new CompartmentError('no member: what it refers to is of no type that is stored');
}

/**
 * Decides which database a resource goes to, and when.
 *
 * @throws Unplaceable when its type is unknown, or none of these stores takes it
 */
export function placeOf(stores: Stores, resource: Resource): Place {
  const definition = definitions.get(resource.resourceType);
  if (!definition) throw new CompartmentError('unknown resource type');
  if (definition.owner === 'beside its target') {
    return { owner: ownerOfTarget(stores, definition, resource), turn: 'last' };
  }
  if (!stores.has(definition.owner)) {
    throw new CompartmentError(`${definition.owner} takes nothing from an import`);
  }
  return {
    owner: definition.owner,
    turn: definition.membership.by === 'reference' ? 'after its target' : 'at once',
  };
}
