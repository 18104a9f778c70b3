/**
 * The pages of a search as SQL. Later pages show what the first page found, even if an import changes the data in
 * between.
 */
import type { ParsedSearch } from '@patient-access/fhir';
import { orderSql, type PagePosition } from './order-sql.ts';
import type { Statement } from './row-scope.ts';
import {
  type RowQuery,
  resourceTable,
  toStatement,
  StatementValues,
  valueCondition,
  where,
} from './search-sql.ts';
import { versionCondition } from './version-sql.ts';

type PageOf = Pick<ParsedSearch, 'count' | 'sort'>;

/**
 * One page. It has one row more than requested, which tells the caller whether there is another page. `k0` … are the
 * sort keys. On a first page this additional row has `as_of`, the last change of the member that the page includes. The
 * same statement reads it, so the page includes all changes up to it and none later. It is null where imports cannot
 * change the result.
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

/**
 * The last change is only needed for the cursor of a next page. It is read by a function, which Postgres calls for the
 * additional row alone: a subquery would be prepared for every page, for a sixth of what Postgres needs for a small one.
 * The function reads what the statement reads, because it is STABLE.
 */
const asOfOfAdditionalRow = (limit: string): string =>
  `CASE WHEN row_number() OVER () >= ${limit} THEN last_change_of($1, $2)::text END AS as_of`;

function firstPageSql(
  query: RowQuery,
  { filter, limit, sort, position }: Page,
  values: StatementValues,
): string {
  const order = orderSql(sort, keysOf(query, 'current'), (value) => values.add(value), position);
  const after = order.after && ` AND ${order.after}`;
  const found =
    `SELECT r.id, r.version_id, r.body, r.audience${order.columns} ` +
    `FROM resource r WHERE ${filter}${after} ORDER BY ${order.by} LIMIT ${limit}`;
  return `${order.collected}SELECT p.*, ${asOfOfAdditionalRow(limit)} FROM (${found}) p`;
}

/**
 * A later page of a search (docs/adr/0041-stable-pagination-from-the-instant-of-the-first-page.md). A resource that
 * has changed since the first page keeps the place that it had then. Its current version is shown, under the same
 * conditions as any other.
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
      `(${order.collected}SELECT r.id, r.version_id, r.body, r.audience${order.columns}${order.compared} FROM ${tables} ` +
      `WHERE ${filter}${conditions} AND ${order.after} ORDER BY ${order.by} LIMIT ${limit})`;
    return { text, by: order.byCompared };
  };
  const same = part('current', 'resource r', isNewestFirst(sort) ? '' : ` AND r.last_updated <= ${asOf}`);
  const changed = part(
    'earlier',
    'resource_history h JOIN resource r ON r.id = h.id',
    ` AND ${versionCondition} AND h.deleted IS NULL AND h.replaced > ${asOf} AND h.last_updated <= ${asOf}`,
  );
  return `SELECT * FROM (${same.text} UNION ALL ${changed.text}) p ORDER BY ${same.by} LIMIT ${limit}`;
}

/**
 * In the order newest first, every resource behind a position of the first page is older than that page, so it has
 * not changed since. The condition is left out here. With it, the index could not start at the position, because it
 * can start at one bound only.
 */
function isNewestFirst([first]: ParsedSearch['sort']): boolean {
  return first?.parameter === '_lastUpdated' && first.descending;
}

/**
 * A member's resources are in an index by their last change, so the index gives the order. Of the plan's resources,
 * or where ids are named, only a few out of many are wanted. There it is faster to find them first and then sort.
 */
function isInOrder({ rowScope, clauses }: RowQuery, sort: ParsedSearch['sort']): boolean {
  const isNamed = clauses.some(
    ({ parameter, matches, negated }) => parameter === '_id' && matches.length > 0 && !negated,
  );
  return rowScope.member !== '' && !isNamed && sort.every(({ parameter }) => parameter === '_lastUpdated');
}
