import type { Definition, Owner } from './definition.ts';
import { auditDefinitions } from './definitions/audit.ts';
import { claimsDefinitions } from './definitions/claims.ts';
import { clinicalDefinitions } from './definitions/clinical.ts';
import { coverageDefinitions } from './definitions/coverage.ts';
import { directoryDefinitions } from './definitions/directory.ts';

/** Every type that is stored, by name. A Map: no name a client sends can reach an inherited property. */
export const definitions: ReadonlyMap<string, Definition> = new Map(
  Object.entries({
    ...coverageDefinitions,
    ...claimsDefinitions,
    ...clinicalDefinitions,
    ...directoryDefinitions,
    ...auditDefinitions,
  }),
);

/** Types that a client may ask for, in alphabetical order. */
export const servedTypes: readonly string[] = [...definitions]
  .filter(([, definition]) => definition.interactions.length > 0)
  .map(([type]) => type)
  .sort();

/** @returns the service to ask for a type, or undefined when the type is not served */
export function ownerOf(type: string): Owner | undefined {
  const definition = definitions.get(type);
  if (!definition || definition.interactions.length === 0) return undefined;
  return definition.owner === 'beside its target' ? undefined : definition.owner;
}
