/** Earlier versions of resources as SQL: one named version, and the history of a resource. */
import type { Statement } from './row-scope.ts';
import {
  audienceColumn,
  isForCaller,
  type RowQuery,
  StatementValues,
  toStatement,
  where,
} from './search-sql.ts';

/** Binds every look at earlier versions `h` to tenant, member and type, and to what the caller may see. */
export const versionCondition = `h.tenant = $1 AND h.member = $2 AND h.type = $3 AND ${isForCaller('h')}`;

/** The resources whose versions are asked for: those that are stored, or also those that were deleted. */
type VersionsOf = 'stored' | 'stored or deleted';

const BASES: Readonly<Record<VersionsOf, string>> = {
  stored: `SELECT s.*, NULL::timestamptz AS deleted FROM resource s`,
  'stored or deleted': ['NULL::timestamptz AS deleted FROM resource', 'deleted FROM deleted_resource']
    .map((rest) => `SELECT tenant, member, type, id, version_id, last_updated, audience, body, ${rest}`)
    .join(' UNION ALL '),
};

/**
 * The versions of a resource whose current version the caller may see, the current one first. The search values that
 * a granular scope compares exist for the current version only. A caller with such a scope therefore sees no earlier
 * versions.
 */
export function fromVersions(
  query: RowQuery,
  values: StatementValues,
  of: VersionsOf,
  ids: readonly string[],
): string {
  const current = `SELECT r.version_id, r.last_updated, r.body, r.audience, r.deleted`;
  const earlier = ` UNION ALL SELECT h.version_id, h.last_updated, h.body, h.audience, h.deleted FROM resource_history h WHERE ${versionCondition} AND h.id = r.id`;
  const all = query.granularClauses.some((clauses) => clauses.length === 0)
    ? `${current}${earlier}`
    : current;
  const created = `lag(a.deleted IS NOT NULL, 1, true) OVER (ORDER BY a.last_updated) AS is_created`;
  return `FROM (${BASES[query.searchColumns ? 'stored' : of]}) r, LATERAL (SELECT a.*, ${created} FROM (${all}) a) v WHERE ${where(query, values, ids)}`;
}

/** Reads one named version. */
export function versionStatement(query: RowQuery, id: string, version: string): Statement {
  const values = new StatementValues(query);
  const from = `${fromVersions(query, values, 'stored or deleted', [id])} AND r.id = ${values.add(id)}`;
  const columns = `v.version_id, v.last_updated, v.body, v.deleted, ${audienceColumn(query, values, 'v', id)}`;
  const text = `SELECT ${columns} ${from} AND v.version_id = ${values.add(version)}`;
  return toStatement('vread', query, values, text);
}

export interface HistoryRange {
  count: number;
  /** changed at or after, ISO 8601 */
  since?: string;
  /** changed before, ISO 8601 */
  before?: string;
}

/** The versions of one resource that the caller is served, as a FROM with its conditions. */
function fromHistory(
  query: RowQuery,
  values: StatementValues,
  id: string,
  { since }: Pick<HistoryRange, 'since'>,
): string {
  const from = `${fromVersions(query, values, 'stored or deleted', [id])} AND r.id = ${values.add(id)}`;
  return since === undefined ? from : `${from} AND v.last_updated >= ${values.add(since)}::timestamptz`;
}

/**
 * The versions of a resource, newest first, with one row more than requested. No two that a caller sees are of the same time. They may
 * have the same number: what is opened to some is a version for them alone.
 */
export function historyStatement(query: RowQuery, id: string, range: HistoryRange): Statement {
  const { count, before } = range;
  const values = new StatementValues(query);
  const from = fromHistory(query, values, id, range);
  const older = before === undefined ? '' : ` AND v.last_updated < ${values.add(before)}::timestamptz`;
  const limit = values.add(count + 1);
  const columns = `v.version_id, v.is_created, v.last_updated, v.body, v.deleted, ${audienceColumn(query, values, 'v', id)}`;
  const text = `SELECT ${columns} ${from}${older} ORDER BY v.last_updated DESC LIMIT ${limit}`;
  return toStatement('history', query, values, text);
}

/** Counts the versions under the same condition as the pages of the history: what they do not show does not exist. */
export function versionCountStatement(
  query: RowQuery,
  id: string,
  range: Pick<HistoryRange, 'since'>,
): Statement {
  const values = new StatementValues(query);
  const text = `SELECT count(*)::int AS total ${fromHistory(query, values, id, range)}`;
  return toStatement('version-count', query, values, text);
}
