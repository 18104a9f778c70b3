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

const ownOperation = ({ operations = {} }: Definition, name: string) =>
  Object.hasOwn(operations, name) ? operations[name] : undefined;

/** The types from whose resources answers are computed: a plan may state that it has loaded all of them. */
export const computedFrom: ReadonlySet<string> = new Set(
  [...definitions.values()].flatMap(({ operations = {} }) =>
    Object.values(operations).flatMap(({ answer }) => answer?.from ?? []),
  ),
);

/** @returns the types of which a service gives resources away: those that it owns, and answers that it computes for another one */
export function typesGivenBy(service: Owner): ReadonlySet<string> {
  const all = [...definitions];
  const own = all.filter(([, { owner }]) => owner === service).map(([type]) => type);
  const computed = all.flatMap(([, { operations = {} }]) =>
    Object.values(operations).flatMap(({ answer }) =>
      answer && definitions.get(answer.from)?.owner === service ? [answer.type] : [],
    ),
  );
  return new Set([...own, ...computed]);
}

/** Does the operation answer with one resource, which the first service has or the next one computes? */
export const answersWithOne = (type: string, operation: string): boolean => {
  const definition = definitions.get(type);
  return definition !== undefined && ownOperation(definition, operation)?.answer !== undefined;
};

/**
 * @param operation name without `$`, for a request of an operation on the type
 * @returns the services to ask, in this order; none when the type is not served
 */
export function ownersOf(type: string, operation?: string): readonly Owner[] {
  const definition = definitions.get(type);
  if (!definition || definition.interactions.length === 0) return [];
  const called = operation === undefined ? undefined : ownOperation(definition, operation);
  if (called?.overRecord) return RECORD_SERVICES;
  const computing = called?.answer && definitions.get(called.answer.from)?.owner;
  return computing ? [definition.owner, computing] : [definition.owner];
}
