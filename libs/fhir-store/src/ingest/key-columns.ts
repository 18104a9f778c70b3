/** Names of resources: as text, and as parameters of a statement, which puts them together again with `unnest`. */
import type { Target } from '@patient-access/fhir';

/** @returns `Type/id` */
export const keyOfTarget = ({ type, id }: Pick<Target, 'type' | 'id'>): string => `${type}/${id}`;

/** @returns the types and the ids */
export const targetColumns = (targets: readonly Pick<Target, 'type' | 'id'>[]): string[][] => [
  targets.map(({ type }) => type),
  targets.map(({ id }) => id),
];

/** @returns the types, the ids and the members */
export const keyColumns = (
  keys: readonly (Pick<Target, 'type' | 'id'> & { member: string })[],
): string[][] => [...targetColumns(keys), keys.map(({ member }) => member)];
