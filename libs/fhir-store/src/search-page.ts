import { randomUUID } from 'node:crypto';
import { forbidden, invalid, parseSearch, type Search, searchBundle } from '@patient-access/fhir';
import type { Binding } from './cursor.ts';
import { queryFor } from './read.ts';
import { readScoped } from './scope.ts';
import { countStatement, pageStatement, type Position } from './search-sql.ts';
import type { Allowed, Answer } from './serve.ts';

const CURSOR = '_cursor';

interface Row {
  id: string;
  last_updated: Date;
  body: string;
  total: number;
}

function bindingOf({ claims, decision }: Allowed, type: string): Binding {
  return {
    tenant: decision.tenant,
    member: decision.member,
    client: claims.client_id,
    grant: claims.grant_id,
    type,
  };
}

/** A next link holds its whole search inside the seal; beside it no other parameter means anything. */
function openCursor(allowed: Allowed, type: string): { query: [string, string][]; after?: Position } {
  const { parameters } = allowed;
  const cursor = parameters.find(([name]) => name === CURSOR)?.[1];
  if (cursor === undefined) return { query: parameters };
  if (parameters.length > 1) throw invalid(`${CURSOR}: no other parameter may stand beside it.`, CURSOR);
  return allowed.engine.cursors.open(bindingOf(allowed, type), cursor, Date.now());
}

function selfLink({ base, parameters }: Allowed, type: string, search: Search): string {
  const cursor = parameters.find(([name]) => name === CURSOR);
  const shown = search.used.filter(([name]) => name !== '_count');
  const query = new URLSearchParams(cursor ? [cursor] : [...shown, ['_count', String(search.count)]]);
  return `${base}/${type}?${query.toString()}`;
}

function nextLink(allowed: Allowed, type: string, query: [string, string][], last: Row): string {
  const after = { lastUpdated: last.last_updated.toISOString(), id: last.id };
  const cursor = allowed.engine.cursors.seal(bindingOf(allowed, type), query, after, Date.now());
  return `${allowed.base}/${type}?${CURSOR}=${cursor}`;
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
  const total = search.total ? results.at(-1)?.[0]?.total : undefined;
  const body = searchBundle(base, randomUUID(), {
    entries: rows.map(({ id, body: text }) => ({ type, id, body: text })),
    self: selfLink(allowed, type, search),
    ...(found.length > rows.length && last && { next: nextLink(allowed, type, entries, last) }),
    ...(total !== undefined && { total }),
  });
  return {
    headers: {},
    body,
    disclosure: { interaction: 'search-type', type, counts: { [type]: rows.length } },
  };
}
