import { randomUUID } from 'node:crypto';
import {
  INCLUDES_HEADER,
  type Includes,
  notSupported,
  otherMember,
  parseIncludes,
  parseSearch,
  type Search,
  searchBundle,
} from '@patient-access/fhir';
import { CURSOR, nextLink, emptyPart, openCursor, pageLink } from './cursor-links.ts';
import { partOf } from './part-of.ts';
import { queryFor, targetsOf } from './query-for.ts';
import { readScoped } from '../sql/scope.ts';
import type { Position } from '../sql/order-sql.ts';
import { pageStatement } from '../sql/page-sql.ts';
import { countStatement } from '../sql/search-sql.ts';
import type { Allowed, Answer } from './serve.ts';

interface Row {
  id: string;
  /** JSON, UTF-8 */
  body: Buffer;
  total: number;
  /** of a first page: the last change that it saw */
  as_of: string | null;
  /** `k0` …: the sort keys */
  [key: `k${number}`]: string;
}

/** An operation that is a search by other names. */
interface Operation {
  /** below the FHIR base */
  path: string;
  /** @throws OperationError 400 naming a bad parameter */
  asSearch(parameters: [string, string][]): [string, string][];
}

/** What was understood: of an operation its own parameters, all of which are. */
export function selfLink(allowed: Allowed, path: string, used: Search['used'], count: number): string {
  const cursor = allowed.parameters.find(([name]) => name === CURSOR);
  const shown = used.filter(([name]) => name !== '_count');
  return pageLink(allowed, path, cursor ? [cursor] : [...shown, ['_count', String(count)]]);
}

function positionOf(search: Search, row: Row, asOf = row.as_of): Position {
  const keys = search.sort.map((_key, at) => row[`k${at}`] ?? '');
  return { keys, id: row.id, ...(asOf !== null && { asOf }) };
}

/** Parts that lie in several services have no order and no number together. */
function checkParts({ owners }: Allowed, entries: readonly [string, string][], search: Search): void {
  if (owners.length < 2) return;
  if (search.total) throw notSupported('_total: this type is not counted.', '_total');
  if (entries.some(([name]) => name === '_sort'))
    throw notSupported('_sort: this type is not sorted.', '_sort');
}

/** @throws OperationError 400 for includes of parts of resources, which may not even have the reference */
function includesOf(
  type: string,
  entries: readonly [string, string][],
  search: Search,
): Includes | undefined {
  const includes = parseIncludes(type, entries);
  if (includes && search.subset)
    throw notSupported('_include and _revinclude: not together with _elements or _summary.', '_include');
  return includes;
}

/**
 * search-type, or an operation that is one: one keyset page of what the token's member has.
 *
 * @throws OperationError 400 naming a bad parameter; 403 when the search names another member
 */
export async function searchPage(allowed: Allowed, type: string, operation?: Operation): Promise<Answer> {
  const { engine, decision, definition, base, strict } = allowed;
  const path = operation?.path ?? type;
  const { query: asked, after } = openCursor(allowed, path);
  const entries = operation?.asSearch(asked) ?? asked;
  const search = parseSearch(definition, entries, { base, strict, nowMs: Date.now() });
  const stranger = search.members.find(({ id }) => id !== decision.member);
  if (stranger) throw otherMember(stranger.parameter);
  checkParts(allowed, entries, search);
  const includes = includesOf(type, entries, search);
  const { clauses } = search;
  const query = { ...queryFor(allowed, allowed, type, clauses), targets: targetsOf(allowed, clauses) };
  const statements = [
    ...(search.count > 0 ? [pageStatement(query, search, after)] : []),
    ...(search.total ? [countStatement(query)] : []),
  ];
  const results = await readScoped<Row>(engine.pool, decision, statements);
  const found = search.count > 0 ? (results[0] ?? []) : [];
  const rows = found.slice(0, search.count);
  const last = found.length > rows.length ? rows.at(-1) : undefined;
  const next = nextLink(allowed, path, asked, last && positionOf(search, last, after?.asOf));
  const total = search.total ? results.at(-1)?.[0]?.total : undefined;
  const body = searchBundle(base, randomUUID(), {
    entries: rows.map(({ id, body: whole }) => ({ type, id, body: partOf(whole, search.subset) })),
    self: selfLink(allowed, path, operation ? asked : search.used, search.count),
    ...(next && { next }),
    ...(total !== undefined && { total }),
  });
  return {
    headers: {
      // The gateway completes the page with what others hold.
      ...(includes && rows.length > 0 && { [INCLUDES_HEADER]: JSON.stringify(includes) }),
      ...emptyPart(allowed, rows.length === 0 && !after),
    },
    body,
    disclosure: { interaction: 'search-type', type, counts: { [type]: rows.length } },
  };
}
