/**
 * Searches as SQL. Every table reference carries tenant, member and type, and every resource the labels that the
 * member released; no text of a client ever becomes part of a statement.
 */
import { createHash } from 'node:crypto';
import type { Clause } from '@patient-access/fhir';
import { conditionSql, spanSql } from './condition-sql.ts';
import { type DatedClause, mergeDatedClauses } from './dated-clauses.ts';
import type { RowScope, Statement } from './row-scope.ts';

/** Collects values and hands out their placeholders. */
export class StatementValues {
  readonly list: unknown[];

  /** @param query whose `type` may be a list, for a statement about several */
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

/** Prepared statements stay in the server's memory, so only shapes that a client cannot multiply have a name. */
const MAX_NAMED_CLAUSES = 2;

/** What a store whose resources have columns beside their index rows, as `r`, says in these. */
export interface SearchColumns {
  /** @returns a condition; undefined where there is none for the clause */
  clause(clause: Clause, add: (value: unknown) => string): string | undefined;
  /** Columns that resources can be sorted by, none of them null, by search parameter; by no other they are. */
  sorted: ReadonlyMap<string, { column: string; cast: 'timestamptz' | 'text' }>;
}

/** The resources that a condition is about: an alias of the table, and the placeholders of whose and of which type. */
interface Table {
  alias: 'r' | 't';
  member: string;
  type: string;
  /** one set for the whole plan, too large to go through */
  isPlans: boolean;
}

export const resourceTable = ({ rowScope }: RowQuery): Table => ({
  alias: 'r',
  member: '$2',
  type: '$3',
  isPlans: rowScope.member === '',
});

/** A row is for an audience; none is everybody. `$4` are the labels that the member released. */
export const isForCaller = (alias: 'r' | 't' | 'h' | 's') =>
  `(${alias}.audience IS NULL OR admits(${alias}.audience, $4))`;

const resourceCondition = ({ alias, member, type }: Table) =>
  `${alias}.tenant = $1 AND ${alias}.member = ${member} AND ${alias}.type = ${type} AND ${isForCaller(alias)}`;
/** The same of earlier versions `h` of those that a statement is about. */
export const versionCondition = `h.tenant = $1 AND h.member = $2 AND h.type = $3 AND ${isForCaller('h')}`;
/** Every look at search values is bound to tenant, member and type, and finds what the caller is served by. */
export const valueCondition = ({ member, type }: Pick<Table, 'member' | 'type'>) =>
  `s.tenant = $1 AND s.member = ${member} AND s.type = ${type} AND ${isForCaller('s')}`;

/** What a chain refers to: as visible as it would be to a search of its own (security case F11). */
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

/** Without a date, a row has neither end; a span has one at least. */
function datesSql(during: NonNullable<DatedClause['dates']>, values: StatementValues): string {
  const spans = during.map((match) => spanSql(match, (value) => values.add(value)));
  return ` AND (s.low IS NOT NULL OR s.high IS NOT NULL) AND (${spans.join(' OR ')})`;
}

function clauseSql(clause: DatedClause, query: RowQuery, values: StatementValues, table: Table): string {
  const { parameter, matches, negated, target, dates } = clause;
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
    // The resource's own instant, as the span it is: one millisecond.
    const span = `SELECT ${alias}.last_updated AS low, ${alias}.last_updated + interval '1 millisecond' AS high, '' AS value`;
    return `${not}EXISTS (SELECT 1 FROM (${span}) s WHERE ${conditions})`;
  }
  const name = values.add(parameter);
  const when = dates ? datesSql(dates, values) : '';
  const found = `SELECT s.id FROM search_value s WHERE ${valueCondition(table)} AND s.parameter = ${name} AND (${conditions})${when}`;
  // Postgres takes every member to have next to nothing, and would look for the ids anew for every row. IS TRUE keeps it
  // from joining: it collects them once and goes through the member's page in order. Of the plan's data only a few are wanted
  // out of many, so there it starts from the ids.
  return table.isPlans ? `${alias}.id ${not}IN (${found})` : `(${alias}.id ${not}IN (${found})) IS TRUE`;
}

/** OR of ANDs: what a token's granular scopes leave visible; true when nothing is restricted. */
export function granularSql(query: RowQuery, values: StatementValues, table: Table): string[] {
  const { granularClauses } = query;
  if (granularClauses.some((clauses) => clauses.length === 0)) return [];
  const each = granularClauses.map((clauses) =>
    clauses.map((clause) => clauseSql(clause, query, values, table)).join(' AND '),
  );
  return [`(${each.map((sql) => `(${sql})`).join(' OR ')})`];
}

/** Names of the shapes seen so far: there are only so many, and to hash one costs more than to look it up. */
const names = new Map<string, string>();

function hashOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = createHash('sha256').update(text).digest('base64url')));
  return name;
}

export interface RowQuery {
  rowScope: RowScope;
  type: string;
  clauses: readonly Clause[];
  /** see {@link Decision} of libs/smart; parsed against the same definition */
  granularClauses: readonly (readonly Clause[])[];
  /** by type, what the clauses may look at beyond the resource itself; what is not here matches nothing */
  targets?: ReadonlyMap<string, Pick<RowQuery, 'granularClauses'> & Pick<RowScope, 'member'>>;
  /** only what a resource of this type points at by this parameter, relatively or below this base */
  visibleThrough?: { type: string; parameter: string; base: string } & Pick<RowQuery, 'granularClauses'> &
    Pick<RowScope, 'member'>;
  /** sensitivity labels, `system|code`, that do not hide a resource */
  released: readonly string[];
  searchColumns?: SearchColumns;
}

/** Tenant, member, type, labels, clauses and granular scopes: no statement about resources has less. */
export function where(query: RowQuery, values: StatementValues): string {
  const table = resourceTable(query);
  const conditions = mergeDatedClauses(query.type, query.clauses).map((clause) =>
    clauseSql(clause, query, values, table),
  );
  return [
    resourceCondition(table),
    ...conditions,
    ...granularSql(query, values, table),
    ...visibleThroughSql(query, values),
  ].join(' AND ');
}

/** Only what a resource that is itself visible points at (security case F35). */
function visibleThroughSql(query: RowQuery, values: StatementValues): string[] {
  const { visibleThrough } = query;
  if (!visibleThrough) return [];
  const table: Table = {
    alias: 't',
    member: values.add(visibleThrough.member),
    type: values.add(visibleThrough.type),
    isPlans: visibleThrough.member === '',
  };
  const inner = { ...query, granularClauses: visibleThrough.granularClauses };
  const pointing = [
    valueCondition(table),
    `s.parameter = ${values.add(visibleThrough.parameter)}`,
    `s.value IN (r.type || '/' || r.id, ${values.add(`${visibleThrough.base}/`)} || r.type || '/' || r.id)`,
    't.id = s.id',
    resourceCondition(table),
    ...granularSql(inner, values, table),
  ];
  return [`EXISTS (SELECT 1 FROM search_value s, resource t WHERE ${pointing.join(' AND ')})`];
}

/** May a statement of this shape be prepared under a name? */
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

/** How many there are, under the same predicate as the page: a count discloses as much as the rows. */
export function matchCountStatement(query: RowQuery): Statement {
  const values = new StatementValues(query);
  return toStatement(
    'count',
    query,
    values,
    `SELECT count(*)::int AS total FROM resource r WHERE ${where(query, values)}`,
  );
}

/** The current version of one resource. */
export function readStatement(query: RowQuery, id: string): Statement {
  const values = new StatementValues(query);
  const filter = where(query, values);
  const text = `SELECT r.version_id, r.last_updated, r.body FROM resource r WHERE ${filter} AND r.id = ${values.add(id)}`;
  return {
    ...toStatement('read', query, values, text),
    byKey: query.granularClauses.every((all) => all.length === 0),
  };
}

/**
 * The versions of resources whose current version the caller may see, the current one first. What a granular scope
 * looks at is known of the current version alone, so to such a caller the earlier ones do not exist.
 */
export function fromVersions(query: RowQuery, values: StatementValues): string {
  const current = `SELECT r.version, r.version_id, r.last_updated, r.body`;
  const earlier = ` UNION ALL SELECT h.version, h.version_id, h.last_updated, h.body FROM resource_history h WHERE ${versionCondition} AND h.id = r.id`;
  const all = query.granularClauses.some((clauses) => clauses.length === 0)
    ? `${current}${earlier}`
    : current;
  const counted = `SELECT a.*, a.version = min(a.version) OVER () AS is_first FROM (${all}) a`;
  return `FROM resource r, LATERAL (${counted}) v WHERE ${where(query, values)}`;
}

/** One named version. */
export function versionStatement(query: RowQuery, id: string, version: string): Statement {
  const values = new StatementValues(query);
  const from = `${fromVersions(query, values)} AND r.id = ${values.add(id)}`;
  const text = `SELECT v.version_id, v.last_updated, v.body ${from} AND v.version_id = ${values.add(version)}`;
  return toStatement('vread', query, values, text);
}

export interface HistoryRange {
  count: number;
  /** changed at or after, ISO 8601 */
  since?: string;
  /** older than this version */
  before?: number;
}

/** The versions of a resource, newest first, one more than asked. */
export function historyStatement(
  query: RowQuery,
  id: string,
  { count, since, before }: HistoryRange,
): Statement {
  const values = new StatementValues(query);
  const from = `${fromVersions(query, values)} AND r.id = ${values.add(id)}`;
  const changed = since === undefined ? '' : ` AND v.last_updated >= ${values.add(since)}::timestamptz`;
  const older = before === undefined ? '' : ` AND v.version < ${values.add(before)}`;
  const limit = values.add(count + 1);
  const text = `SELECT v.version, v.version_id, v.is_first, v.last_updated, v.body ${from}${changed}${older} ORDER BY v.version DESC LIMIT ${limit}`;
  return toStatement('history', query, values, text);
}
