/**
 * The order of a page, and where the next one begins. Keys are compared as Postgres compares them, so that a page begins
 * exactly where the one before ended; a resource without a value comes last, in either direction.
 */
import { notSupported, type SortKey } from '@patient-access/fhir';
import type { SearchColumns } from './search-sql.ts';

/** The keys of the last resource of a page, as text, and its id. */
export interface PagePosition {
  keys: string[];
  id: string;
  /** the last change that the first page of the search saw; undefined: imports change nothing here */
  asOf?: string;
}

/** Where the keys are: of the current version, or, as `h`, of an earlier one (versions.ts). */
type From = 'current' | 'earlier';

/** Adds a value to the statement. @returns its placeholder */
type Add = (value: unknown) => string;

interface OrderedBy {
  /** expression over `r`, or over `r` and `h` */
  expression: string;
  /** type of a key that comes back in a cursor */
  cast: string;
  /** a common table expression that collects the keys of those that have to be looked for */
  collected?: string;
  descending: boolean;
}

/** Sorts behind every text, bytewise. */
const LAST_TEXT = "U&'\\+10FFFF'";

/** Where the keys are looked for. */
interface Keys {
  from: From;
  /** condition on `s` by which every look at search values is bound to tenant, member and type */
  valueCondition: string;
  /** what a store has in columns it is sorted by, and by nothing else */
  sorted?: SearchColumns['sorted'];
}

/** The least, or for descending order the greatest, value that a resource has of a parameter. */
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
  // In one object: Postgres takes every member to have next to nothing, and would go through all keys for each resource.
  const each = `SELECT s.id, ${extreme}(${column}) AS key FROM search_value s WHERE ${valueCondition} AND s.parameter = ${name} GROUP BY s.id`;
  const collected = `keys${at} AS MATERIALIZED (SELECT jsonb_object_agg(e.id, e.key) AS by_id FROM (${each}) e)`;
  return { ...keyed(`(SELECT by_id FROM keys${at}) ->> r.id`), collected };
}

/** @throws OperationError 400 for what a store with columns of its own has no column for */
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

/** Behind `position`: equal in the keys before, beyond in one. */
function afterPosition(keys: readonly OrderedBy[], position: readonly string[], add: Add): string {
  const bounds = keys.map(({ cast }, at) => `${add(position[at])}::${cast}`);
  const cases = keys.map(({ expression, descending }, at) => {
    const equal = keys.slice(0, at).map((key, before) => `${key.expression} = ${bounds[before]}`);
    return `(${[...equal, `${expression} ${descending ? '<' : '>'} ${bounds[at]}`].join(' AND ')})`;
  });
  return `(${cases.join(' OR ')})`;
}

/** One comparison of rows, which an index can answer, where all keys go the same way. */
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
  /** `WITH` and what the expressions look into, or nothing */
  collected: string;
  /** condition that leaves what comes after the position; empty for the first page */
  after: string;
  by: string;
  /** the same of rows that have the columns `o0` …, and `id` */
  byCompared: string;
}

/** @param after where the page before ended @throws OperationError 400 for what cannot be sorted by */
export function orderSql(sort: readonly SortKey[], where: Keys, add: Add, after?: PagePosition): Order {
  const named = sort.map((key, at) => orderedBy(key, at, where, add));
  // Ties go the way of the last key: one index serves both directions.
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
