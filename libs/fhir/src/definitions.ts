import { RECORD_SERVICES } from '@patient-access/topology';
import { type Definition, isMemberType, type Owner } from './definition.ts';
import { auditDefinitions } from './definitions/audit.ts';
import { claimsDefinitions } from './definitions/claims.ts';
import { clinicalDefinitions } from './definitions/clinical.ts';
import { coverageDefinitions } from './definitions/coverage.ts';
import { directoryDefinitions } from './definitions/directory.ts';

/** Every stored type, by name. It is a Map, so a name from a client cannot reach an inherited property. */
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

/** Types that clients may request, in alphabetical order. */
export const servedTypes: readonly string[] = [...definitions]
  .filter(([, definition]) => definition.interactions.length > 0)
  .map(([type]) => type)
  .sort();

/**
 * @param operation name without `$`, for a request of an operation on the type
 * @returns the services to ask, in this order; none when the type is not served
 */
export function ownersOf(type: string, operation?: string): readonly Owner[] {
  const definition = definitions.get(type);
  if (!definition || definition.interactions.length === 0) return [];
  if (operation !== undefined && definition.operations?.[operation]?.overRecord) return RECORD_SERVICES;
  return [definition.owner];
}
