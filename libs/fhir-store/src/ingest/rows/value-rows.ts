import { type Audience, type Definition, indexRows, type Resource } from '@patient-access/fhir';

/** The columns of `search_value` with their types, in the order of {@link valueRows}. */
export const VALUE_COLUMNS = {
  tenant: 'text',
  member: 'text',
  type: 'text',
  parameter: 'text',
  system: 'text',
  value: 'text',
  low: 'timestamptz',
  high: 'timestamptz',
  number: 'numrange',
  id: 'text',
  audience: 'text[]',
} as const;

/** An audience as a column value. NULL stands for everybody. */
export const audienceValue = (audience: Audience): Audience | null =>
  audience.length === 0 ? null : audience;

/** Rows of `search_value`, with a value for each of {@link VALUE_COLUMNS}. */
export function valueRows(
  tenant: string,
  member: string,
  definition: Definition,
  resource: Resource,
  audience: Audience,
): unknown[][] {
  const { resourceType: type, id } = resource;
  return indexRows(definition, resource, tenant).map((row) => [
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
    audienceValue(audience),
  ]);
}

/** The columns of a row that are in the index, in the order of the index. */
export function searchedBy([, member, type, parameter, , value, low]: readonly unknown[]): string {
  return `${member} ${type} ${parameter} ${value} ${low}`;
}

/** The least and the greatest date, the least and the greatest text. */
type Bounds = [string | null, string | null, string, string];

const least = (one: string, other: string) =>
  Buffer.compare(Buffer.from(one), Buffer.from(other)) <= 0 ? one : other;
const greatest = (one: string, other: string) => (least(one, other) === one ? other : one);

function widened(bounds: Bounds | undefined, low: string | null, value: string): Bounds {
  if (!bounds) return [low, low, value, value];
  const [first, last, smallest, largest] = bounds;
  return [
    low === null || first === null ? (first ?? low) : least(first, low),
    low === null || last === null ? (last ?? low) : greatest(last, low),
    least(smallest, value),
    greatest(largest, value),
  ];
}

/** The sort keys of a version, by parameter. Values with a modifier are not used for sorting (sql/order-sql.ts). */
export function sortKeysOf(
  tenant: string,
  definition: Definition,
  resource: Resource,
): Record<string, Bounds> {
  const keys: Record<string, Bounds> = {};
  for (const { parameter, low, value } of indexRows(definition, resource, tenant))
    if (!parameter.includes(':')) keys[parameter] = widened(keys[parameter], low, value);
  return keys;
}
