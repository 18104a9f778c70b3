import { RECORD_SERVICES } from '@patient-access/topology';
import { type Definition, isMemberType, type Owner } from './definition.ts';
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

/** The type of the members themselves. */
export const [MEMBER_TYPE] = [...definitions].find(([, definition]) => isMemberType(definition)) as [
  string,
  Definition,
];

/** Types that a client may ask for, in alphabetical order. */
export const servedTypes: readonly string[] = [...definitions]
  .filter(([, definition]) => definition.interactions.length > 0)
  .map(([type]) => type)
  .sort();

/**
 * @param operation name without `$`, when not the type itself is asked for but an operation on it
 * @returns the services to ask, one after the other; none when the type is not served
 */
export function ownersOf(type: string, operation?: string): readonly Owner[] {
  const definition = definitions.get(type);
  if (!definition || definition.interactions.length === 0) return [];
  if (operation !== undefined && definition.operations?.[operation]?.overRecord) return RECORD_SERVICES;
  return [definition.owner];
}
