/** Names of resources: as text, and as parameters of a statement, which puts them together again with `unnest`. */
import type { Target } from '@patient-access/fhir';
import { arrayText } from './insert-columns.ts';

/** @returns `Type/id` */
export const keyOfTarget = ({ type, id }: Pick<Target, 'type' | 'id'>): string => `${type}/${id}`;

/**
 * A part of a statement: of each key ($2, $3) the current whole row `r` of the tenant ($1). LIMIT makes Postgres look
 * each of them up by its index. Where it has no statistics yet, in the hour of a first load, it would read all rows of the
 * tenant for some hundred keys.
 */
export const currentRows = (columns: string): string => `
  unnest($2::text[], $3::text[]) AS k (type, id) CROSS JOIN LATERAL (
    SELECT ${columns} FROM resource o
     WHERE o.tenant = $1 AND o.type = k.type AND o.id = k.id AND o.form = 0 LIMIT 1) r`;

/** @returns the types and the ids, each as an array of Postgres */
export const targetColumns = (targets: readonly Pick<Target, 'type' | 'id'>[]): string[] => [
  arrayText(targets.map(({ type }) => type)),
  arrayText(targets.map(({ id }) => id)),
];

/** @returns the types, the ids and the members, each as an array of Postgres */
export const keyColumns = (keys: readonly (Pick<Target, 'type' | 'id'> & { member: string })[]): string[] => [
  ...targetColumns(keys),
  arrayText(keys.map(({ member }) => member)),
];
