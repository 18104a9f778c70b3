import { definitions, isReferenceData, type Owner, CompartmentError } from '@patient-access/fhir';
import type { Stores } from './input.ts';

/**
 * When a resource is stored. A resource whose member is found through another resource has to wait for that one, and
 * one with a conditional reference for what it names. Reference data with such a reference goes before what is a
 * member's, which may name it.
 */
export type Turn =
  'at once' | 'after reference data' | 'after all reference data' | 'after its target' | 'last';

export interface Placement {
  owner: Owner;
  turn: Turn;
}

/**
 * Decides which database a resource goes to, and when.
 *
 * @throws CompartmentError when its type is unknown, or when its owner accepts no import
 */
export function placeOf(stores: Stores, type: string): Placement {
  const definition = definitions.get(type);
  if (!definition) throw new CompartmentError('unknown resource type');
  if (!stores.has(definition.owner)) {
    throw new CompartmentError(`${definition.owner} accepts no import`);
  }
  const { owner, membership } = definition;
  if (membership.by !== 'reference') return { owner, turn: 'at once' };
  return { owner, turn: membership.afterOthers ? 'last' : 'after its target' };
}

/** Is this a type of data that every member may read? */
export function isOfReferenceData(type: string): boolean {
  const definition = definitions.get(type);
  return definition !== undefined && isReferenceData(definition);
}

/** When a resource is stored that would be stored at once, if it named nothing by an identifier. */
export const turnBehind = (type: string): Turn =>
  isOfReferenceData(type) ? 'after reference data' : 'after all reference data';
