import { type Definition, indexRows, type Resource } from '@patient-access/fhir';

export const VALUE_COLUMNS = [
  'tenant',
  'member',
  'type',
  'parameter',
  'system',
  'value',
  'low',
  'high',
  'number',
  'id',
];

/** Rows of `search_value`, a value for each of {@link VALUE_COLUMNS}. */
export function valueRows(
  tenant: string,
  member: string,
  definition: Definition,
  resource: Resource,
): unknown[][] {
  const { resourceType: type, id } = resource;
  return indexRows(definition, resource).map((row) => [
    tenant,
    member,
    type,
    row.parameter,
    row.system,
    row.value,
    row.low,
    row.high,
    row.number,
    id,
  ]);
}

/** What of a row the index has, in its order. */
export function searchedBy([, member, type, parameter, , value, low]: readonly unknown[]): string {
  return `${member} ${type} ${parameter} ${value} ${low}`;
}
