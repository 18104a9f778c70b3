/**
 * Statements about the related resources of a page, and about a member's whole record. They have the same row
 * scope as every other statement.
 */
import type { Clause } from '@patient-access/fhir';
import type { PagePosition } from './order-sql.ts';
import type { Statement } from './row-scope.ts';
import {
  granularSql,
  isForCaller,
  type RowQuery,
  resourceTable,
  StatementValues,
  valueCondition,
  where,
} from './search-sql.ts';
import { fromVersions } from './version-sql.ts';

/** The most resources of one type, by one reference, that one answer may include. */
export const MAX_RELATED_RESOURCES = 1_000;

const LIMIT = `LIMIT ${MAX_RELATED_RESOURCES + 1}`;

/** The current versions of the named resources. */
export function namedStatement(query: RowQuery, ids: readonly string[]): Statement {
  const values = new StatementValues(query);
  const filter = `${where(query, values, ids)} AND r.id = ANY (${values.add(ids)})`;
  const text = `SELECT r.id, r.version_id, r.body, r.audience FROM resource r WHERE ${filter} ${LIMIT}`;
  return { text, values: values.list };
}

/** Named versions of the named resources, pair by pair. */
export function namedVersionsStatement(
  query: RowQuery,
  named: readonly { id: string; version: string }[],
): Statement {
  const values = new StatementValues(query);
  const namedIds = named.map(({ id }) => id);
  const from = fromVersions(query, values, 'stored', namedIds);
  const ids = values.add(namedIds);
  const versionIds = values.add(named.map(({ version }) => version));
  const pairs = `SELECT * FROM unnest(${ids}::text[], ${versionIds}::text[])`;
  const text =
    `SELECT r.id, v.version_id, v.body, v.audience ${from} AND v.deleted IS NULL AND r.id = ANY (${ids}::text[]) ` +
    `AND (r.id, v.version_id) IN (${pairs}) ${LIMIT}`;
  return { text, values: values.list };
}

/** A store that searches by columns of its own has no search values. */
const referenceClause = (parameter: string, references: readonly string[]): Clause => ({
  parameter,
  matches: [{ kind: 'reference', values: [...references] }],
});

/**
 * The resources that refer to one of the references by this parameter.
 *
 * @param references `Type/id`; undefined for a reference to anything
 */
export function referringStatement(
  query: RowQuery,
  parameter: string,
  references: readonly string[] | undefined,
): Statement {
  const values = new StatementValues(query);
  const isByColumns = references !== undefined && query.searchColumns !== undefined;
  const clauses = isByColumns ? [referenceClause(parameter, references)] : [];
  const filter = where({ ...query, clauses: [...query.clauses, ...clauses] }, values);
  const referring =
    references &&
    !isByColumns &&
    // The ids are collected in an array first. Before the first ANALYZE, the planner would otherwise go through all
    // resources of the type.
    ` AND r.id = ANY (ARRAY (SELECT s.id FROM search_value s WHERE ${valueCondition(resourceTable(query))} ` +
      `AND s.parameter = ${values.add(parameter)} AND s.value = ANY (${values.add(references)})))`;
  const text = `SELECT r.id, r.version_id, r.body, r.audience FROM resource r WHERE ${filter}${referring || ''} ${LIMIT}`;
  return { text, values: values.list };
}

/** The conditions on one type among several, beside scope and labels: granular scopes, and `visibleThrough`. */
function restriction(query: RowQuery, values: StatementValues): string[] {
  const table = { ...resourceTable(query), type: values.add(query.type) };
  return granularSql(query, values, table).map((sql) => ` AND (r.type <> ${table.type} OR ${sql})`);
}

type RecordQueries = readonly [RowQuery, ...RowQuery[]];

/**
 * One member's resources of several types.
 *
 * @param queries one for each type, without clauses, all with the same row scope
 * @param since finds resources changed at or after this instant, ISO 8601
 */
function ofRecord(queries: RecordQueries, since: string | undefined) {
  const [{ rowScope, released }] = queries;
  const values = new StatementValues({ rowScope, released, type: queries.map(({ type }) => type) });
  const restricted = queries.filter(({ granularClauses }) =>
    granularClauses.every((clauses) => clauses.length > 0),
  );
  const granular = restricted.flatMap((query) => restriction(query, values)).join('');
  const changed = since === undefined ? '' : ` AND r.last_updated >= ${values.add(since)}::timestamptz`;
  const conditions = `r.tenant = $1 AND r.member = $2 AND r.type = ANY ($3) AND ${isForCaller('r')}${granular}${changed}`;
  return { conditions, values };
}

/**
 * The Patients of a member, with one more than requested: her own, and then by id those of the persons who turned out to be
 * her (docs/adr/0093-follow-persons-whose-numbers-change.md).
 *
 * @param range.after finds only those behind the one with this id
 */
export function memberPatientsStatement(
  queries: RecordQueries,
  { count, since, after }: { count: number; since?: string; after?: string },
): Statement {
  const { conditions, values } = ofRecord(queries, since);
  const position = after === undefined ? undefined : `${values.add(after)}::text`;
  const beyond = position ? ` AND (r.id <> $2, r.id) > (${position} <> $2, ${position})` : '';
  const text =
    `SELECT r.type, r.id, r.version_id, r.body, r.audience FROM resource r WHERE ${conditions}${beyond} ` +
    `ORDER BY r.id <> $2, r.id LIMIT ${values.add(count + 1)}`;
  return { text, values: values.list };
}

/**
 * A page of a member's record, in the order of type and id, with one row more than requested. The primary key has this
 * order, so a page deep in the record costs no more than the first.
 */
export function memberRecordStatement(
  queries: RecordQueries,
  { count, since, after }: { count: number; since?: string; after?: PagePosition },
): Statement {
  const { conditions, values } = ofRecord(queries, since);
  const beyond = after ? ` AND (r.type, r.id) > (${values.add(after.keys[0])}, ${values.add(after.id)})` : '';
  const text =
    `SELECT r.type, r.id, r.version_id, r.body, r.audience FROM resource r WHERE ${conditions}${beyond} ` +
    `ORDER BY r.type, r.id LIMIT ${values.add(count + 1)}`;
  return { text, values: values.list, inOrder: true };
}

/**
 * How a literal reference stands in a stored body. In the text of a string each quotation mark has a backslash before
 * it, so this is found in no string.
 */
const REFERENCE_IN_BODY = `'"reference":"'`;

/**
 * The distinct references of a member's record to resources of some types, as `Type/id` without a version, in bytewise
 * order. It reads the record once.
 *
 * @param range.after finds only references behind this one
 */
export function referredStatement(
  queries: RecordQueries,
  types: readonly string[],
  { limit, since, after = '' }: { limit: number; since?: string; after?: string },
): Statement {
  const { conditions, values } = ofRecord(queries, since);
  const found =
    `SELECT split_part(p.text, '"', 1) AS reference FROM resource r, ` +
    `unnest((string_to_array(r.body, ${REFERENCE_IN_BODY}))[2:]) AS p (text) WHERE ${conditions}`;
  const name = `split_part(reference, '/', 1) || '/' || split_part(reference, '/', 2)`;
  const distinct =
    `SELECT DISTINCT (${name}) COLLATE "C" AS reference FROM (${found}) f ` +
    `WHERE split_part(reference, '/', 1) = ANY (${values.add(types)})`;
  const text =
    `SELECT reference FROM (${distinct}) d WHERE reference > ${values.add(after)} ` +
    `ORDER BY reference LIMIT ${values.add(limit)}`;
  return { text, values: values.list };
}
