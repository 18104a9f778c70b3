/**
 * The order of a page, and where the next one begins. Keys are compared as Postgres compares them, so that a page begins
 * exactly where the one before ended; a resource without a value comes last, in either direction.
 */
import type { SortKey } from '@patient-access/fhir';

/** The keys of the last resource of a page, as text, and its id. */
export interface Position {
  keys: string[];
  id: string;
}

/** Adds a value to the statement. @returns its placeholder */
type Add = (value: unknown) => string;

interface OrderedBy {
  /** expression over `r` and the joined table */
  expression: string;
  /** type of a key that comes back in a cursor */
  cast: string;
  /** makes the key for those that have to be made */
  join?: string;
  descending: boolean;
}

/** Sorts behind every text, bytewise. */
const LAST_TEXT = "U&'\\+10FFFF'";

/** The least, or for descending order the greatest, value that a resource has of a parameter. */
function byParameter(
  { parameter, kind, descending }: SortKey,
  at: number,
  scope: string,
  add: Add,
): OrderedBy {
  const column = kind === 'date' ? 's.low' : 's.value';
  const [extreme, missing] = descending
    ? ['max', kind === 'date' ? "'-infinity'" : "''"]
    : ['min', kind === 'date' ? "'infinity'" : LAST_TEXT];
  return {
    expression: `coalesce(k${at}.key, ${missing})`,
    cast: kind === 'date' ? 'timestamptz' : 'text COLLATE "C"',
    join:
      `LEFT JOIN (SELECT s.id, ${extreme}(${column}) AS key FROM search_value s ` +
      `WHERE ${scope} AND s.parameter = ${add(parameter)} GROUP BY s.id) k${at} ON k${at}.id = r.id`,
    descending,
  };
}

function orderedBy(key: SortKey, at: number, scope: string, add: Add): OrderedBy {
  const { parameter, descending } = key;
  if (parameter === '_lastUpdated') return { expression: 'r.last_updated', cast: 'timestamptz', descending };
  if (parameter === '_id') return { expression: 'r.id', cast: 'text', descending };
  return byParameter(key, at, scope, add);
}

/** Behind `position`: equal in the keys before, beyond in one. */
function beyond(keys: readonly OrderedBy[], position: readonly string[], add: Add): string {
  const bounds = keys.map(({ cast }, at) => `${add(position[at])}::${cast}`);
  const cases = keys.map(({ expression, descending }, at) => {
    const equal = keys.slice(0, at).map((key, before) => `${key.expression} = ${bounds[before]}`);
    return `(${[...equal, `${expression} ${descending ? '<' : '>'} ${bounds[at]}`].join(' AND ')})`;
  });
  return `(${cases.join(' OR ')})`;
}

/** One comparison of rows, which an index can answer, where all keys go the same way. */
function rowBeyond(keys: readonly OrderedBy[], position: readonly string[], add: Add): string {
  const expressions = keys.map(({ expression }) => expression).join(', ');
  const bounds = keys.map(({ cast }, at) => `${add(position[at])}::${cast}`).join(', ');
  return `(${expressions}) ${keys[0]?.descending ? '<' : '>'} (${bounds})`;
}

export interface Order {
  /** columns `k0`, `k1` … of the select list, as text */
  columns: string;
  joins: string;
  /** condition that leaves what comes after the position; empty for the first page */
  after: string;
  by: string;
}

/**
 * @param scope condition on `s` by which every look at search values is bound to tenant, member and type
 * @param after where the page before ended
 */
export function orderSql(sort: readonly SortKey[], scope: string, add: Add, after?: Position): Order {
  const named = sort.map((key, at) => orderedBy(key, at, scope, add));
  // Ties go the way of the last key: one index serves both directions.
  const tie: OrderedBy = { expression: 'r.id', cast: 'text', descending: named.at(-1)?.descending ?? false };
  const keys = [...named, tie];
  const oneWay = keys.every(({ descending }) => descending === tie.descending);
  const position = after && [...after.keys, after.id];
  return {
    columns: named.map(({ expression }, at) => `, (${expression})::text AS k${at}`).join(''),
    joins: named.flatMap(({ join }) => join ?? []).join(' '),
    after: position ? (oneWay ? rowBeyond : beyond)(keys, position, add) : '',
    by: keys.map(({ expression, descending }) => `${expression} ${descending ? 'DESC' : 'ASC'}`).join(', '),
  };
}
