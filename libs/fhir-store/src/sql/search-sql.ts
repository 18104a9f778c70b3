/**
 * Searches as SQL. Every reference to a table carries tenant, member and type. Every reference to resources also
 * carries the labels that the member released. No text of a client ever becomes part of a statement.
 */
import { createHash } from 'node:crypto';
import { ATTACHED, type Clause } from '@patient-access/fhir';
import { conditionSql, spanSql } from './condition-sql.ts';
import { type DatedClause, mergeDatedClauses } from './dated-clauses.ts';
import type { RowScope, Statement } from './row-scope.ts';

/** Collects values and hands out their placeholders. */
export class StatementValues {
  readonly list: unknown[];

  /** @param query its `type` may be a list, for a statement about several types */
  constructor({
    rowScope,
    type,
    released,
  }: Pick<RowQuery, 'rowScope' | 'released'> & { type: string | readonly string[] }) {
    this.list = [rowScope.tenant, rowScope.member, type, released];
  }

  add(value: unknown): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }
}

/**
 * A connection keeps the statements with a name prepared that it used last. There are so many of more conditions that hardly one
 * comes again before it would be closed.
 */
const MAX_NAMED_CLAUSES = 2;

/**
 * How a store searches whose resources `r` have columns of their own and no search values. It never deletes a resource, and
 * only those that are stored have the columns.
 */
export interface SearchColumns {
  /** @returns a condition; undefined when no column answers the clause */
  clause(clause: Clause, add: (value: unknown) => string): string | undefined;
  /**
   * columns that resources can be sorted by, by search parameter; none is null. The store sorts by no other parameter
   */
  sorted: ReadonlyMap<string, { column: string; cast: 'timestamptz' | 'text' }>;
}

/**
 * The resources that a condition is about: the alias of the table, and the placeholders of the member and the type.
 */
interface Table {
  alias: 'r' | 't';
  member: string;
  type: string;
  /** resources of the plan: one set for all members, too large to read as a whole */
  isPlans: boolean;
  /** see {@link RowQuery}; only for a condition that stands beside others, and not in an OR */
  idsInIndex?: boolean;
}

export const resourceTable = ({ rowScope }: RowQuery): Table => ({
  alias: 'r',
  member: '$2',
  type: '$3',
  isPlans: rowScope.member === '',
});

/**
 * Is the row for this caller? A row without an audience is for everybody. `$4` are the labels that the member
 * released.
 */
export const isForCaller = (alias: 'r' | 't' | 'h' | 's') =>
  `(${alias}.audience IS NULL OR admits(${alias}.audience, $4))`;

const resourceCondition = ({ alias, member, type }: Table) =>
  `${alias}.tenant = $1 AND ${alias}.member = ${member} AND ${alias}.type = ${type} AND ${isForCaller(alias)}`;
/** Binds every look at search values to tenant, member and type, and to what the caller may see. */
export const valueCondition = ({ member, type }: Pick<Table, 'member' | 'type'>) =>
  `s.tenant = $1 AND s.member = ${member} AND s.type = ${type} AND ${isForCaller('s')}`;

/** The condition of a chain. Its targets are as visible as to a search of their own type (security case F11). */
function targetSql(
  { type, clause }: Required<Clause>['target'],
  query: RowQuery,
  values: StatementValues,
): string {
  const opened = query.targets?.get(type);
  if (!opened) return 'false';
  const table: Table = {
    alias: 't',
    member: values.add(opened.member),
    type: values.add(type),
    isPlans: opened.member === '',
  };
  const inner = { ...query, granularClauses: opened.granularClauses };
  const conditions = [
    resourceCondition(table),
    clauseSql(clause, inner, values, table),
    ...granularSql(inner, values, table),
  ];
  return `s.value IN (SELECT t.type || '/' || t.id FROM resource t WHERE ${conditions.join(' AND ')})`;
}

/**
 * Requires that the row has a date and that it lies in one of the spans. A row without a date has neither `low` nor
 * `high`.
 */
function datesSql(during: NonNullable<DatedClause['dates']>, values: StatementValues): string {
  const spans = during.map((match) => spanSql(match, (value) => values.add(value)));
  return ` AND (s.low IS NOT NULL OR s.high IS NOT NULL) AND (${spans.join(' OR ')})`;
}

function clauseSql(clause: DatedClause, query: RowQuery, values: StatementValues, table: Table): string {
  const { parameter, orParameter, matches, negated, target, dates } = clause;
  const { alias } = table;
  const not = negated ? 'NOT ' : '';
  if (parameter === '_id') {
    const ids = matches.flatMap((match) => (match.kind === 'id' ? match.value : []));
    return `${not}(${matches.length > 0 ? `${alias}.id = ANY (${values.add(ids)})` : 'true'})`;
  }
  const ownCondition =
    alias === 'r' ? query.searchColumns?.clause(clause, (value) => values.add(value)) : undefined;
  if (ownCondition !== undefined) return ownCondition;
  const conditions = target
    ? targetSql(target, query, values)
    : matches.map((match) => conditionSql(match, (value) => values.add(value))).join(' OR ') || 'true';
  if (parameter === '_lastUpdated') {
    // The instant of the resource itself, as a span of one millisecond.
    const span = `SELECT ${alias}.last_updated AS low, ${alias}.last_updated + interval '1 millisecond' AS high, '' AS value`;
    return `${not}EXISTS (SELECT 1 FROM (${span}) s WHERE ${conditions})`;
  }
  const names = [parameter, ...(orParameter === undefined ? [] : [orParameter])].map((name) =>
    values.add(name),
  );
  const when = dates ? datesSql(dates, values) : '';
  const found = `SELECT s.id FROM search_value s WHERE ${valueCondition(table)} AND s.parameter IN (${names.join(', ')}) AND (${conditions})${when}`;
  // Of the plan's data only a few resources out of many are wanted, so there Postgres starts from the ids.
  if (table.isPlans) return `${alias}.id ${not}IN (${found})`;
  // Postgres estimates that a member has almost no rows, and would look for the ids again for every row. IS TRUE
  // prevents the join: Postgres then collects the ids once and goes through the member's page in order.
  if (negated || !table.idsInIndex) return `(${alias}.id ${not}IN (${found})) IS TRUE`;
  // As an array the ids are a condition of the index that gives the order. So only rows that match are read.
  return `${alias}.id = ANY (ARRAY(${found}))`;
}

/** The granular scopes of a token as SQL: an OR of ANDs. It is true when the token restricts nothing. */
export function granularSql(query: RowQuery, values: StatementValues, table: Table): string[] {
  const { granularClauses } = query;
  if (granularClauses.some((clauses) => clauses.length === 0)) return [];
  const each = granularClauses.map((clauses) =>
    clauses.map((clause) => clauseSql(clause, query, values, table)).join(' AND '),
  );
  return [`(${each.map((sql) => `(${sql})`).join(' OR ')})`];
}

/**
 * Names of statements by their shape: a look-up is faster than a hash. A client can make a great many shapes, so all are forgotten
 * when there are too many. A name follows from the text alone, so it stays the same.
 */
const names = new Map<string, string>();
const MOST_NAMES = 1_000;

function hashOf(text: string): string {
  let name = names.get(text);
  if (name !== undefined) return name;
  if (names.size >= MOST_NAMES) names.clear();
  name = createHash('sha256').update(text).digest('base64url');
  names.set(text, name);
  return name;
}

export interface RowQuery {
  rowScope: RowScope;
  type: string;
  clauses: readonly Clause[];
  /** see {@link Decision} of libs/smart; parsed with the same definition */
  granularClauses: readonly (readonly Clause[])[];
  /** what chains may look at, by type; a type that is not here matches nothing */
  targets?: ReadonlyMap<string, Pick<RowQuery, 'granularClauses'> & Pick<RowScope, 'member'>>;
  /** shows a resource only if a resource of the same member and of one of these types points at it */
  visibleThrough?: readonly Pick<RowQuery, 'type' | 'granularClauses'>[];
  /** sensitivity labels, `system|code`, that were released and so hide nothing */
  released: readonly string[];
  searchColumns?: SearchColumns;
  /** lets an index compare the ids that clauses give; only for servers of {@link IDS_IN_INDEX} and later */
  idsInIndex?: boolean;
}

/**
 * From PostgreSQL 17 on, an index scan that compares an array keeps its order. Where no index compares the array, as in an OR and
 * in older versions, Postgres compares each row with each id of it, one after the other. A hash does so once.
 */
export const IDS_IN_INDEX = 170_000;

/**
 * The condition of every statement about resources: tenant, member, type, labels, clauses and granular scopes.
 *
 * @param ids where the statement is about no other resources, which it says itself
 */
export function where(query: RowQuery, values: StatementValues, ids?: readonly string[]): string {
  const table = resourceTable(query);
  const { idsInIndex = false } = query;
  const conditions = mergeDatedClauses(query.type, query.clauses).map((clause) =>
    clauseSql(clause, query, values, { ...table, idsInIndex }),
  );
  return [
    resourceCondition(table),
    ...conditions,
    ...granularSql(query, values, table),
    ...visibleThroughSql(query, values, ids),
  ].join(' AND ');
}

/**
 * The rows `s` and `t` of visible resources and of what they point at, `Type/id`, as a FROM with its conditions.
 *
 * Under row-level security Postgres finds nothing in an index by a value that a statement puts together, and would go
 * through all documents of the member. So what is pointed at stands there as values where the ids are known. OFFSET 0
 * has each `t` looked up by its key: otherwise Postgres may read all documents of the member for each `s`.
 */
function pointingSql(
  query: RowQuery,
  visibleThrough: NonNullable<RowQuery['visibleThrough']>,
  values: StatementValues,
  ids: readonly string[] | undefined,
): string {
  const types = `ANY (${values.add(visibleThrough.map(({ type }) => type))})`;
  const table: Table = { ...resourceTable(query), alias: 't', type: 's.type' };
  const restricted = visibleThrough.filter(({ granularClauses }) =>
    granularClauses.every((clauses) => clauses.length > 0),
  );
  const granular = restricted.flatMap(({ type, granularClauses }) => {
    const ofType = { ...table, type: values.add(type) };
    const filters = granularSql({ ...query, granularClauses }, values, ofType);
    return filters.map((sql) => `(t.type <> ${ofType.type} OR ${sql})`);
  });
  const pointing = [resourceCondition(table), 't.id = s.id', ...granular].join(' AND ');
  const conditions = [
    valueCondition({ ...table, type: types }),
    `s.parameter = '${ATTACHED}'`,
    ...(ids ? [`s.value = ANY (${values.add(ids.map((id) => `${query.type}/${id}`))})`] : []),
  ];
  return (
    `FROM search_value s, LATERAL (SELECT t.audience FROM resource t WHERE ${pointing} OFFSET 0) t ` +
    `WHERE ${conditions.join(' AND ')}`
  );
}

/** What {@link pointingSql} finds for a row. */
const POINTED_AT = `r.type || '/' || r.id`;

/**
 * Shows a resource only if another resource that the caller may see points at it (security case F35). IS TRUE prevents
 * the join: what is pointed at is collected once, and not again for every row.
 */
function visibleThroughSql(query: RowQuery, values: StatementValues, ids?: readonly string[]): string[] {
  const { visibleThrough } = query;
  if (!visibleThrough) return [];
  return [`(${POINTED_AT} IN (SELECT s.value ${pointingSql(query, visibleThrough, values, ids)})) IS TRUE`];
}

/**
 * The column `audience` of a result: for whom the row of this alias is. A resource that is seen through others is also
 * for whom these are.
 */
export function audienceColumn(
  query: RowQuery,
  values: StatementValues,
  alias: 'r' | 'v',
  id: string,
): string {
  const { visibleThrough } = query;
  if (!visibleThrough) return `${alias}.audience`;
  const pointing = `SELECT t.audience ${pointingSql(query, visibleThrough, values, [id])} AND s.value = ${POINTED_AT}`;
  return `ARRAY(SELECT unnest(${alias}.audience) UNION SELECT unnest(p.audience) FROM (${pointing}) p) AS audience`;
}

/** May this statement be prepared under a name? */
function canBeNamed({ clauses, granularClauses, visibleThrough }: RowQuery): boolean {
  if (visibleThrough) return false;
  const simple =
    clauses.length <= MAX_NAMED_CLAUSES &&
    clauses.every(({ matches, target }) => matches.length <= 1 && !target);
  return simple && granularClauses.every((filters) => filters.length === 0);
}

export function toStatement(
  prefix: string,
  query: RowQuery,
  values: StatementValues,
  text: string,
): Statement {
  return { text, values: values.list, ...(canBeNamed(query) && { name: `${prefix}:${hashOf(text)}` }) };
}

/** Counts the matches under the same condition as the page, because a count discloses as much as the rows do. */
export function matchCountStatement(query: RowQuery): Statement {
  const values = new StatementValues(query);
  return toStatement(
    'count',
    query,
    values,
    `SELECT count(*)::int AS total FROM resource r WHERE ${where(query, values)}`,
  );
}

/**
 * The ids of the matches, at most so many, in no order: Postgres would sort all matches first. The number stands in the text,
 * because Postgres plans a named statement for any number of rows if it does not know it.
 */
export function idsStatement(query: RowQuery, atMost: number): Statement {
  const values = new StatementValues(query);
  const filter = where(query, values);
  const text = `SELECT r.id FROM resource r WHERE ${filter} LIMIT ${atMost}`;
  return toStatement('ids', query, values, text);
}

/** Reads the current version of one resource. */
export function readStatement(query: RowQuery, id: string): Statement {
  const values = new StatementValues(query);
  const filter = where(query, values, [id]);
  const columns = `r.version_id, r.last_updated, r.body, ${audienceColumn(query, values, 'r', id)}`;
  const text = `SELECT ${columns} FROM resource r WHERE ${filter} AND r.id = ${values.add(id)}`;
  return {
    ...toStatement('read', query, values, text),
    byKey: query.granularClauses.every((all) => all.length === 0),
  };
}

/**
 * Finds the deletion of a resource that the caller could see. A granular scope compares search values, and what was
 * deleted has none, so a caller with such a scope finds nothing.
 */
export function deletionStatement(query: RowQuery, id: string): Statement {
  const values = new StatementValues(query);
  const text = `SELECT r.version_id FROM deleted_resource r WHERE ${where(query, values, [id])} AND r.id = ${values.add(id)}`;
  return {
    ...toStatement('deletion', query, values, text),
    byKey: query.granularClauses.every((all) => all.length === 0),
  };
}
