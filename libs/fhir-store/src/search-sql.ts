/**
 * Searches as SQL. Every table reference carries tenant, member and type, and every resource the labels that the
 * member released; no text of a client ever becomes part of a statement.
 */
import { createHash } from 'node:crypto';
import type { Clause, DatePrefix, Match, Search } from '@patient-access/fhir';
import { orderSql, type Position } from './order-sql.ts';
import type { Scope, Statement } from './scope.ts';

/** Collects values and hands out their placeholders. */
export class Values {
  readonly list: unknown[];
  /** placeholder of the type whose search values are looked at */
  type = '$3';

  /** @param query whose `type` may be a list, for a statement about several */
  constructor({
    scope,
    type,
    released,
  }: Pick<Query, 'scope' | 'released'> & { type: string | readonly string[] }) {
    this.list = [scope.tenant, scope.member, type, released];
  }

  add(value: unknown): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }
}

/** Prepared statements stay in the server's memory, so only shapes that a client cannot multiply have a name. */
const MAX_NAMED_CLAUSES = 2;

type Bound = () => string;

/**
 * Spans overlap or precede each other as search.html#prefix says; a missing end reaches without limit. A bound is
 * added to the statement only where it is used: Postgres refuses a parameter whose type nothing tells.
 */
const DATE_CONDITIONS: Record<DatePrefix, (low: Bound, high: Bound) => string> = {
  eq: (low, high) => `(s.low >= ${low()} AND s.high <= ${high()})`,
  ne: (low, high) => `NOT coalesce(s.low >= ${low()} AND s.high <= ${high()}, false)`,
  gt: (_low, high) => `(s.high > ${high()} OR s.high IS NULL)`,
  ge: (low) => `(s.high > ${low()} OR s.high IS NULL)`,
  lt: (low) => `(s.low < ${low()} OR s.low IS NULL)`,
  le: (_low, high) => `(s.low < ${high()} OR s.low IS NULL)`,
  sa: (_low, high) => `s.low >= ${high()}`,
  eb: (low) => `s.high <= ${low()}`,
};

function escapeLike(value: string): string {
  return value.replace(/[\\%_]/g, '\\$&');
}

function condition(match: Match, values: Values): string {
  switch (match.kind) {
    case 'token': {
      const code = match.code === undefined ? [] : [`s.value = ${values.add(match.code)}`];
      const system = match.system === undefined ? [] : [`s.system = ${values.add(match.system)}`];
      return `(${[...code, ...system].join(' AND ')})`;
    }
    case 'date':
      return DATE_CONDITIONS[match.prefix](
        () => `${values.add(match.low)}::timestamptz`,
        () => `${values.add(match.high)}::timestamptz`,
      );
    case 'reference':
    case 'uri':
      return `s.value = ${values.add(match.value)}`;
    case 'string':
      return `s.value LIKE ${values.add(`${match.mode === 'contains' ? '%' : ''}${escapeLike(match.value)}%`)}`;
    case 'id':
      return `s.id = ${values.add(match.value)}`;
  }
}

const RESOURCE_SCOPE = 'r.tenant = $1 AND r.member = $2 AND r.type = $3 AND r.sensitivity <@ $4';
/** Every look at search values is bound to tenant, member and type. */
export const valueScope = ({ type }: Values) => `s.tenant = $1 AND s.member = $2 AND s.type = ${type}`;

function clauseSql(clause: Clause, values: Values): string {
  if (clause.parameter === '_id')
    return `r.id = ANY (${values.add(clause.matches.map((m) => (m.kind === 'id' ? m.value : '')))})`;
  const conditions = clause.matches.map((match) => condition(match, values)).join(' OR ');
  if (clause.parameter === '_lastUpdated') {
    // The resource's own instant, as the span it is: one millisecond.
    return `EXISTS (SELECT 1 FROM (SELECT r.last_updated AS low, r.last_updated + interval '1 millisecond' AS high) s WHERE ${conditions})`;
  }
  const parameter = values.add(clause.parameter);
  return `r.id IN (SELECT s.id FROM search_value s WHERE ${valueScope(values)} AND s.parameter = ${parameter} AND (${conditions}))`;
}

/** OR of ANDs: what a token's granular scopes leave visible; true when nothing is restricted. */
export function alternativesSql(alternatives: readonly (readonly Clause[])[], values: Values): string[] {
  if (alternatives.some((clauses) => clauses.length === 0)) return [];
  const each = alternatives.map((clauses) =>
    clauses.map((clause) => clauseSql(clause, values)).join(' AND '),
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

export interface Query {
  scope: Scope;
  type: string;
  clauses: readonly Clause[];
  /** see {@link Decision} of libs/smart; parsed against the same definition */
  alternatives: readonly (readonly Clause[])[];
  /** sensitivity labels, `system|code`, that do not hide a resource */
  released: readonly string[];
}

/** Tenant, member, type, labels, clauses and granular scopes: no statement about resources has less. */
export function where(query: Query, values: Values): string {
  const conditions = query.clauses.map((clause) => clauseSql(clause, values));
  return [RESOURCE_SCOPE, ...conditions, ...alternativesSql(query.alternatives, values)].join(' AND ');
}

/** May a statement of this shape be prepared under a name? */
function recurs({ clauses, alternatives }: Query): boolean {
  const simple =
    clauses.length <= MAX_NAMED_CLAUSES && clauses.every((clause) => clause.matches.length === 1);
  return simple && alternatives.every((filters) => filters.length === 0);
}

function statement(prefix: string, query: Query, values: Values, text: string): Statement {
  return { text, values: values.list, ...(recurs(query) && { name: `${prefix}:${hashOf(text)}` }) };
}

/** One page, one row longer than asked so that the caller knows whether there is another; `k0` … are its sort keys. */
export function pageStatement(
  query: Query,
  { sort, count }: Pick<Search, 'count' | 'sort'>,
  position?: Position,
): Statement {
  const values = new Values(query);
  const filter = where(query, values);
  const order = orderSql(sort, valueScope(values), (value) => values.add(value), position);
  const after = order.after && ` AND ${order.after}`;
  const text =
    `SELECT r.id, r.body${order.columns} FROM resource r ${order.joins} WHERE ${filter}${after} ` +
    `ORDER BY ${order.by} LIMIT ${values.add(count + 1)}`;
  return statement('page', query, values, text);
}

/** How many there are, under the same predicate as the page: a count discloses as much as the rows. */
export function countStatement(query: Query): Statement {
  const values = new Values(query);
  return statement(
    'count',
    query,
    values,
    `SELECT count(*)::int AS total FROM resource r WHERE ${where(query, values)}`,
  );
}

/** The current version of one resource. */
export function readStatement(query: Query, id: string): Statement {
  const values = new Values(query);
  const filter = where(query, values);
  const text = `SELECT r.version, r.last_updated, r.body FROM resource r WHERE ${filter} AND r.id = ${values.add(id)}`;
  return statement('read', query, values, text);
}

/**
 * The versions of resources whose current version the caller may see, the current one first. What a granular scope
 * looks at is known of the current version alone, so to such a caller the earlier ones do not exist.
 */
export function versions(query: Query, values: Values): string {
  const current = `SELECT r.version, r.last_updated, r.body`;
  const earlier =
    ` UNION ALL SELECT h.version, h.last_updated, h.body FROM resource_history h WHERE h.tenant = $1 ` +
    `AND h.member = $2 AND h.type = $3 AND h.sensitivity <@ $4 AND h.id = r.id`;
  const all = query.alternatives.some((clauses) => clauses.length === 0) ? `${current}${earlier}` : current;
  return `FROM resource r, LATERAL (${all}) v WHERE ${where(query, values)}`;
}

/** One named version. */
export function versionStatement(query: Query, id: string, version: string): Statement {
  const values = new Values(query);
  const from = `${versions(query, values)} AND r.id = ${values.add(id)}`;
  const text = `SELECT v.version, v.last_updated, v.body ${from} AND v.version = ${values.add(Number(version))}`;
  return statement('vread', query, values, text);
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
  query: Query,
  id: string,
  { count, since, before }: HistoryRange,
): Statement {
  const values = new Values(query);
  const from = `${versions(query, values)} AND r.id = ${values.add(id)}`;
  const changed = since === undefined ? '' : ` AND v.last_updated >= ${values.add(since)}::timestamptz`;
  const older = before === undefined ? '' : ` AND v.version < ${values.add(before)}`;
  const limit = values.add(count + 1);
  const text = `SELECT v.version, v.last_updated, v.body ${from}${changed}${older} ORDER BY v.version DESC LIMIT ${limit}`;
  return statement('history', query, values, text);
}
