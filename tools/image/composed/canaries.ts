/** What of members must not be in a log. */
import type { SyntheticResource } from '@patient-access/population';

/** Shorter values are found in other words too. */
const MIN_LENGTH = 5;
/** Elements whose values say who somebody is, or how to reach her (45 CFR 164.514(b)(2)). */
const TELLING = new Set(['name', 'identifier', 'telecom', 'address', 'birthDate', 'deceasedDateTime']);
/** In these elements, what is not about one person. */
const COMMON = new Set([
  'system',
  'use',
  'type',
  'state',
  'country',
  'period',
  'extension',
  'rank',
  'assigner',
]);

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => (COMMON.has(key) ? [] : textsIn(inner)));
}

/** @returns names, numbers, dates and addresses of the persons among resources, and the ids of their records */
export function canariesOf(resources: readonly SyntheticResource[]): string[] {
  const persons = resources.filter(({ resourceType }) => ['Patient', 'RelatedPerson'].includes(resourceType));
  const found = persons.flatMap((person) => [
    person.id,
    ...Object.entries(person).flatMap(([element, value]) => (TELLING.has(element) ? textsIn(value) : [])),
  ]);
  return [...new Set(found)].filter((text) => text.length >= MIN_LENGTH);
}
