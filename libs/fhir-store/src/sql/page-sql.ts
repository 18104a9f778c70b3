/** Pages of a search as SQL. Later pages show what the first page found, whatever an import changes between them. */
import type { ParsedSearch } from '@patient-access/fhir';
import { orderSql, type PagePosition } from './order-sql.ts';
import type { Statement } from './row-scope.ts';
import {
  type RowQuery,
  resourceTable,
  toStatement,
  StatementValues,
  valueCondition,
  versionCondition,
  where,
} from './search-sql.ts';

type PageOf = Pick<ParsedSearch, 'count' | 'sort'>;

/**
 * One page, one row longer than asked so that the caller knows whether there is another; `k0` … are its sort keys. The
 * first page of a search says in `as_of` which change of the tenant was the last that it saw: in the same statement, so
 * that it saw all up to that one and none later. Null where imports change nothing.
 */
export function searchPageStatement(
  query: RowQuery,
  { sort, count }: PageOf,
  position?: PagePosition,
): Statement {
  const values = new StatementValues(query);
  const filter = where(query, values);
  const limit = values.add(count + 1);
  const page = position?.asOf ? laterPageSql : firstPageSql;
  const text = page(query, { filter, limit, sort, position }, values);
  return { ...toStatement('page', query, values, text), inOrder: isInOrder(query, sort) };
}

interface Page {
  filter: string;
  limit: string;
  sort: ParsedSearch['sort'];
  position: PagePosition | undefined;
}

function keysOf(query: RowQuery, from: 'current' | 'earlier') {
  const sorted = query.searchColumns?.sorted;
  return { from, valueCondition: valueCondition(resourceTable(query)), ...(sorted && { sorted }) };
}

function firstPageSql(
  query: RowQuery,
  { filter, limit, sort, position }: Page,
  values: StatementValues,
): string {
  const order = orderSql(sort, keysOf(query, 'current'), (value) => values.add(value), position);
  const after = order.after && ` AND ${order.after}`;
  return (
    `${order.collected}SELECT r.id, r.body${order.columns}, ` +
    `(SELECT c.at FROM last_change c WHERE c.tenant = $1)::text AS as_of ` +
    `FROM resource r WHERE ${filter}${after} ORDER BY ${order.by} LIMIT ${limit}`
  );
}

/**
 * A later page of a search: what has not changed since its first page, where it is, and what has, where it was then
 * (docs/adr/0041-stable-pagination-from-the-instant-of-the-first-page.md). What is shown is the current version, under the same conditions as any.
 */
function laterPageSql(
  query: RowQuery,
  { filter, limit, sort, position }: Page,
  values: StatementValues,
): string {
  const asOf = `${values.add(position?.asOf)}::timestamptz`;
  const part = (from: 'current' | 'earlier', tables: string, conditions: string) => {
    const order = orderSql(sort, keysOf(query, from), (value) => values.add(value), position);
    const text =
      `(${order.collected}SELECT r.id, r.body${order.columns}${order.compared} FROM ${tables} ` +
      `WHERE ${filter}${conditions} AND ${order.after} ORDER BY ${order.by} LIMIT ${limit})`;
    return { text, by: order.byCompared };
  };
  const same = part('current', 'resource r', isNewestFirst(sort) ? '' : ` AND r.last_updated <= ${asOf}`);
  const changed = part(
    'earlier',
    'resource_history h JOIN resource r ON r.id = h.id',
    ` AND ${versionCondition} AND h.replaced > ${asOf} AND h.last_updated <= ${asOf}`,
  );
  return `SELECT * FROM (${same.text} UNION ALL ${changed.text}) p ORDER BY ${same.by} LIMIT ${limit}`;
}

/**
 * Newest first, what lies behind a place of the first page is as old as that, and has not changed since. To say so would
 * keep the index from beginning at the place: it begins at one bound only.
 */
function isNewestFirst([first]: ParsedSearch['sort']): boolean {
  return first?.parameter === '_lastUpdated' && first.descending;
}

/**
 * An index has a member's resources by their last change. Of the plan's own, or where ids are named, few are wanted out
 * of many: there it is better to find them and sort.
 */
function isInOrder({ rowScope, clauses }: RowQuery, sort: ParsedSearch['sort']): boolean {
  const isNamed = clauses.some(({ parameter }) => parameter === '_id');
  return rowScope.member !== '' && !isNamed && sort.every(({ parameter }) => parameter === '_lastUpdated');
}
