import { randomUUID } from 'node:crypto';
import {
  type Definition,
  type Includes,
  leftOutEntry,
  notSupported,
  otherMember,
  parseIncludes,
  parseSearch,
  type ParsedSearch,
  searchBundle,
} from '@patient-access/fhir';
import { INCLUDES_HEADER } from '@patient-access/internal-api';
import { disclosed } from './access-event.ts';
import { formatIn, nextLink, openCursor, pageLink } from './cursor-links.ts';
import { CURSOR } from './parameters.ts';
import { linksWanted } from './linked.ts';
import { type Audienced, part2Headers, part2In } from './part2.ts';
import { subsetBody } from './subset-body.ts';
import { chainedQuery } from './query-for.ts';
import { readRows, type Statement } from '../sql/row-scope.ts';
import type { PagePosition } from '../sql/order-sql.ts';
import { searchPageStatement } from '../sql/page-sql.ts';
import { matchCountStatement, type RowQuery } from '../sql/search-sql.ts';
import type { AllowedRequest, InteractionResult } from './engine.ts';

interface Row extends Audienced {
  id: string;
  version_id: string;
  /** JSON, UTF-8 */
  body: Buffer;
  total: number;
  /** on the row behind a first page: the last change that the page includes */
  as_of: string | null;
  /** `k0` …: the sort keys */
  [key: `k${number}`]: string;
}

/** An operation that is a search with other parameter names. */
interface Operation {
  /** below the FHIR base */
  path: string;
  /** @throws OperationError 400 naming a bad parameter */
  asSearch(parameters: [string, string][]): [string, string][];
}

/** The self link. It shows the parameters that were understood; an operation understands all of its own. */
export function selfLink(
  allowed: AllowedRequest,
  path: string,
  used: ParsedSearch['used'],
  count: number,
): string {
  const cursor = allowed.parameters.find(([name]) => name === CURSOR);
  const shown = used.filter(([name]) => name !== '_count');
  const page: [string, string][] = cursor
    ? [cursor, ...formatIn(allowed.parameters)]
    : [...shown, ['_count', String(count)]];
  return pageLink(allowed, path, page);
}

/**
 * @param found the rows of a page, and the one behind it if there is any
 * @returns where the page ends; undefined when it is the last one
 */
function endOf(
  { count, sort }: ParsedSearch,
  found: readonly Row[],
  after: PagePosition | undefined,
): PagePosition | undefined {
  const [last, behind] = [found[count - 1], found[count]];
  if (!last || !behind) return undefined;
  const asOf = after?.asOf ?? behind.as_of;
  return { keys: sort.map((_key, at) => last[`k${at}`] ?? ''), id: last.id, ...(asOf !== null && { asOf }) };
}

/** @throws OperationError 403 when the search names another member */
function checkMember({ decision }: AllowedRequest, { members }: ParsedSearch): void {
  const other = members.find(({ id }) => id !== decision.member);
  if (other) throw otherMember(other.parameter);
}

/**
 * Refuses to sort or count an answer whose parts are in several services.
 *
 * @throws OperationError 400
 */
function checkParts(
  { owners }: AllowedRequest,
  entries: readonly [string, string][],
  search: ParsedSearch,
): void {
  if (owners.length < 2) return;
  if (search.total)
    throw notSupported('_total: several services hold this type, so it cannot be counted.', '_total');
  if (entries.some(([name]) => name === '_sort'))
    throw notSupported('_sort: several services hold this type, so it cannot be sorted.', '_sort');
}

/**
 * @throws OperationError 400 for an include together with parts of resources, because a part may lack the reference
 */
function includesOf(
  type: string,
  entries: readonly [string, string][],
  search: ParsedSearch,
): Includes | undefined {
  const includes = parseIncludes(type, entries);
  if (includes && search.subset)
    throw notSupported('_include and _revinclude: not together with _elements or _summary.', '_include');
  return includes;
}

/** The page, unless only its number is wanted, and the number if it is. */
const statementsOf = (
  query: RowQuery,
  search: ParsedSearch,
  after: PagePosition | undefined,
): Statement[] => [
  ...(search.count > 0 ? [searchPageStatement(query, search, after)] : []),
  ...(search.total ? [matchCountStatement(query)] : []),
];

/** What the client has to know of a search that was answered without some of its parameters. */
export const leftOutOf = (
  type: string,
  definition: Definition,
  { leftOut }: ParsedSearch,
): string | undefined => (leftOut.length > 0 ? leftOutEntry(type, definition, leftOut) : undefined);

/** Tells the gateway which resources of other owners complete this page. */
const includesHeader = (includes: Includes | undefined) =>
  includes && { [INCLUDES_HEADER]: JSON.stringify(includes) };

/**
 * search-type, or an operation that is a search: one page of the resources that the token's member has.
 *
 * @throws OperationError 400 naming a bad parameter; 403 when the search names another member
 */
export async function searchPage(
  allowed: AllowedRequest,
  type: string,
  operation?: Operation,
): Promise<InteractionResult> {
  const { engine, decision, definition, base, strict, linked } = allowed;
  const path = operation?.path ?? type;
  const { query: requested, after } = openCursor(allowed, path);
  const entries = operation?.asSearch(requested) ?? requested;
  const search = parseSearch(definition, entries, { base, strict, linked, nowMs: Date.now() });
  checkMember(allowed, search);
  checkParts(allowed, entries, search);
  const includes = includesOf(type, entries, search);
  if (search.questions.length > 0) return linksWanted(allowed, type, search);
  const query = chainedQuery(allowed, type, search.clauses);
  const results = await readRows<Row>(engine.pool, decision, statementsOf(query, search, after));
  const found = search.count > 0 ? (results[0] ?? []) : [];
  const rows = found.slice(0, search.count);
  const next = nextLink(allowed, path, requested, endOf(search, found, after));
  const total = search.total ? results.at(-1)?.[0]?.total : undefined;
  const part2 = part2In(allowed, type, rows);
  const body = searchBundle(base, randomUUID(), {
    entries: rows.map(({ id, body: whole }) => ({ type, id, body: subsetBody(whole, search.subset) })),
    self: selfLink(allowed, path, operation ? requested : search.used, search.count),
    ...(next && { next }),
    ...(total !== undefined && { total }),
    part2,
    lastUpdated: await engine.freshness?.asOf(allowed.tenant, type),
    outcome: leftOutOf(type, definition, search),
  });
  return {
    headers: {
      ...(rows.length > 0 && includesHeader(includes)),
      ...part2Headers(part2),
    },
    body,
    disclosure: { interaction: 'search-type', type, ...disclosed(rows, type) },
  };
}
