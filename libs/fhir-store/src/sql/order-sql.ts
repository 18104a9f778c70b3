/**
 * The order of a page, and the position at which the next page begins. Postgres compares the keys both times, so a
 * page begins exactly where the one before ended. A resource without a value comes last, in either direction.
 */
import { notSupported, type SortKey } from '@patient-access/fhir';
import type { SearchColumns } from './search-sql.ts';

/** The sort keys of the last resource of a page, as text, and its id. */
export interface PagePosition {
  keys: string[];
  id: string;
  /** the last change that the first page of the search includes; undefined where imports cannot change the result */
  asOf?: string;
}

/** Takes the keys from the current version, or from an earlier version `h` (versions.ts). */
type From = 'current' | 'earlier';

/** Adds a value to the statement. @returns its placeholder */
type Add = (value: unknown) => string;

interface OrderedBy {
  /** expression over `r`, or over `r` and `h` */
  expression: string;
  /** type of a key that comes back in a cursor */
  cast: string;
  /** a common table expression that collects the keys, where they are in `search_value` */
  collected?: string;
  descending: boolean;
}

/** Comes after every other text in bytewise order. */
const LAST_TEXT = "U&'\\+10FFFF'";

/** Where the keys come from. */
interface Keys {
  from: From;
  /** condition on `s` by which every look at search values is bound to tenant, member and type */
  valueCondition: string;
  /** the columns by which this store can sort; it then sorts by nothing else */
  sorted?: SearchColumns['sorted'];
}

/** The least value that a resource has for a parameter; the greatest for descending order. */
function byParameter(
  { parameter, kind, descending }: SortKey,
  at: number,
  { from, valueCondition }: Keys,
  add: Add,
): OrderedBy {
  const isDate = kind === 'date';
  const cast = isDate ? 'timestamptz' : 'text COLLATE "C"';
  const column = isDate ? 's.low' : 's.value';
  const [extreme, missing] = descending
    ? ['max', isDate ? "'-infinity'" : "''"]
    : ['min', isDate ? "'infinity'" : LAST_TEXT];
  const name = add(parameter);
  const keyed = (key: string) => ({
    expression: `coalesce((${key})::${cast}, ${missing})`,
    cast,
    descending,
  });
  if (from === 'earlier') {
    const bound = (isDate ? 0 : 2) + (descending ? 1 : 0);
    return keyed(`h.sort_keys -> ${name}::text ->> ${bound}`);
  }
  // All keys go into one JSON object. Postgres estimates that a member has almost no rows, so otherwise it would read
  // all keys again for each resource.
  const each = `SELECT s.id, ${extreme}(${column}) AS key FROM search_value s WHERE ${valueCondition} AND s.parameter = ${name} GROUP BY s.id`;
  const collected = `keys${at} AS MATERIALIZED (SELECT jsonb_object_agg(e.id, e.key) AS by_id FROM (${each}) e)`;
  return { ...keyed(`(SELECT by_id FROM keys${at}) ->> r.id`), collected };
}

/** @throws OperationError 400 when the store sorts by columns only, and has none for this parameter */
function orderedBy(key: SortKey, at: number, keys: Keys, add: Add): OrderedBy {
  const { parameter, descending } = key;
  const { from, sorted } = keys;
  const version = from === 'current' ? 'r' : 'h';
  if (parameter === '_lastUpdated')
    return { expression: `${version}.last_updated`, cast: 'timestamptz', descending };
  if (parameter === '_id') return { expression: 'r.id', cast: 'text', descending };
  if (!sorted) return byParameter(key, at, keys, add);
  const own = sorted.get(parameter);
  if (own) return { expression: own.column, cast: own.cast, descending };
  const names = [...sorted.keys(), '_lastUpdated', '_id'].join(', ');
  throw notSupported(`_sort: this type is sorted by one of ${names}.`, '_sort');
}

/** The condition for rows behind `position`: equal in the first keys, and beyond it in the next one. */
function afterPosition(keys: readonly OrderedBy[], position: readonly string[], add: Add): string {
  const bounds = keys.map(({ cast }, at) => `${add(position[at])}::${cast}`);
  const cases = keys.map(({ expression, descending }, at) => {
    const equal = keys.slice(0, at).map((key, before) => `${key.expression} = ${bounds[before]}`);
    return `(${[...equal, `${expression} ${descending ? '<' : '>'} ${bounds[at]}`].join(' AND ')})`;
  });
  return `(${cases.join(' OR ')})`;
}

/**
 * The same as one comparison of rows, which an index can answer. It works only if all keys have the same direction.
 */
function afterPositionByRow(keys: readonly OrderedBy[], position: readonly string[], add: Add): string {
  const expressions = keys.map(({ expression }) => expression).join(', ');
  const bounds = keys.map(({ cast }, at) => `${add(position[at])}::${cast}`).join(', ');
  return `(${expressions}) ${keys[0]?.descending ? '<' : '>'} (${bounds})`;
}

export interface Order {
  /** columns `k0`, `k1` … of the select list, as text */
  columns: string;
  /** columns `o0`, `o1` … of the select list, as they are compared */
  compared: string;
  /** the `WITH` clause that the expressions need, or nothing */
  collected: string;
  /** condition for rows behind the position; empty for the first page */
  after: string;
  by: string;
  /** the same order, for rows that have the columns `o0` … and `id` */
  byCompared: string;
}

/**
 * @param after the position at which the page before ended
 * @throws OperationError 400 for a key that cannot be sorted by
 */
export function orderSql(sort: readonly SortKey[], where: Keys, add: Add, after?: PagePosition): Order {
  const named = sort.map((key, at) => orderedBy(key, at, where, add));
  // Equal keys are ordered by id, in the direction of the last key. One index then serves both directions.
  const tie: OrderedBy = { expression: 'r.id', cast: 'text', descending: named.at(-1)?.descending ?? false };
  const keys = [...named, tie];
  const oneWay = keys.every(({ descending }) => descending === tie.descending);
  const position = after && [...after.keys, after.id];
  const collected = named.flatMap((key) => key.collected ?? []);
  const direction = ({ descending }: OrderedBy) => (descending ? 'DESC' : 'ASC');
  return {
    columns: named.map(({ expression }, at) => `, (${expression})::text AS k${at}`).join(''),
    compared: named.map(({ expression }, at) => `, ${expression} AS o${at}`).join(''),
    collected: collected.length > 0 ? `WITH ${collected.join(', ')} ` : '',
    after: position ? (oneWay ? afterPositionByRow : afterPosition)(keys, position, add) : '',
    by: keys.map((key) => `${key.expression} ${direction(key)}`).join(', '),
    byCompared: keys.map((key, at) => `${key === tie ? 'id' : `o${at}`} ${direction(key)}`).join(', '),
  };
}
