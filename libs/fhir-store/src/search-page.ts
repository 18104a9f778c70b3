import { randomUUID } from 'node:crypto';
import { forbidden, parseSearch, type Search, searchBundle, subsetOf } from '@patient-access/fhir';
import { CURSOR, nextLink, openCursor } from './cursor-links.ts';
import { queryFor } from './read.ts';
import { readScoped } from './scope.ts';
import type { Position } from './order-sql.ts';
import { countStatement, pageStatement } from './search-sql.ts';
import type { Allowed, Answer } from './serve.ts';

interface Row {
  id: string;
  body: string;
  total: number;
  /** `k0` …: the sort keys */
  [key: `k${number}`]: string;
}

function selfLink({ base, parameters }: Allowed, type: string, search: Search): string {
  const cursor = parameters.find(([name]) => name === CURSOR);
  const shown = search.used.filter(([name]) => name !== '_count');
  const query = new URLSearchParams(cursor ? [cursor] : [...shown, ['_count', String(search.count)]]);
  return `${base}/${type}?${query.toString()}`;
}

function positionOf(search: Search, row: Row): Position {
  return { keys: search.sort.map((_key, at) => row[`k${at}`] ?? ''), id: row.id };
}

/**
 * search-type: one keyset page of what the token's member has.
 *
 * @throws OperationError 400 naming a bad parameter; 403 when the search names another member
 */
export async function searchPage(allowed: Allowed, type: string): Promise<Answer> {
  const { engine, decision, definition, base, strict } = allowed;
  const { query: entries, after } = openCursor(allowed, type);
  const search = parseSearch(definition, entries, { base, strict });
  if (search.members.some((member) => member !== decision.member)) throw forbidden('other-member');
  const query = queryFor(allowed, type, search.clauses);
  const statements = [
    ...(search.count > 0 ? [pageStatement(query, search, after)] : []),
    ...(search.total ? [countStatement(query)] : []),
  ];
  const results = await readScoped<Row>(engine.pool, decision, statements);
  const found = search.count > 0 ? (results[0] ?? []) : [];
  const rows = found.slice(0, search.count);
  const last = rows.at(-1);
  const { subset } = search;
  const total = search.total ? results.at(-1)?.[0]?.total : undefined;
  const body = searchBundle(base, randomUUID(), {
    entries: rows.map(({ id, body: text }) => ({ type, id, body: subset ? subsetOf(text, subset) : text })),
    self: selfLink(allowed, type, search),
    ...(found.length > rows.length &&
      last && { next: nextLink(allowed, type, entries, positionOf(search, last)) }),
    ...(total !== undefined && { total }),
  });
  return {
    headers: {},
    body,
    disclosure: { interaction: 'search-type', type, counts: { [type]: rows.length } },
  };
}
