/** What belongs beside a page, for the gateway that completes it: each type decided by itself (security rule D02). */
import {
  type Definition,
  namesMember,
  ownersOf,
  parseRelatedRequest,
  parseReference,
  type BodyChunks,
  type ReverseRequest,
  searchEntry,
  type SearchParameter,
  type Target,
  tooCostly,
} from '@patient-access/fhir';
import { MAX_COMPLETED_BYTES, relatedRound } from '@patient-access/internal-api';
import { type AllowedType, allowedType } from './query-for.ts';
import {
  MAX_RELATED_RESOURCES,
  namedStatement,
  namedVersionsStatement,
  referringStatement,
} from '../sql/related-sql.ts';
import { readRows, type Statement } from '../sql/row-scope.ts';
import type { RowQuery } from '../sql/search-sql.ts';
import type { InteractionResult, CallerContext } from './engine.ts';

/**
 * As whom an owner records a request: a page and each request about it are events of their own (security rule D11).
 *
 * @returns undefined for every other path
 */
export function relatedService(owner: string, path: string): string | undefined {
  const round = relatedRound(path);
  return round === undefined ? undefined : `${owner}/related${round > 1 ? `-${round}` : ''}`;
}

interface Row {
  id: string;
  version_id: string;
  /** JSON, UTF-8 */
  body: Buffer;
}

interface Lookup {
  opened: AllowedType & { query: RowQuery };
  statement: Statement;
}

const isHere = ({ engine }: CallerContext, type: string) => ownersOf(type).includes(engine.owner);

/** A type that the token does not open is as if there were nothing of it. */
function named(caller: CallerContext, type: string, targets: readonly Target[]): Lookup[] {
  const opened = isHere(caller, type) ? allowedType(caller, 'read', type) : undefined;
  if (!opened) return [];
  const { query } = opened;
  const ids = targets.filter(({ version }) => version === undefined).map(({ id }) => id);
  const versions = targets.flatMap(({ id, version }) => (version === undefined ? [] : { id, version }));
  return [
    ...(ids.length > 0 ? [{ opened, statement: namedStatement(query, ids) }] : []),
    ...(versions.length > 0 ? [{ opened, statement: namedVersionsStatement(query, versions) }] : []),
  ];
}

/** What a parameter that names the member is compared with is a column: all of the member's, or nothing. */
function isAnyOfMember({ targets = [] }: SearchParameter, member: string, of: readonly string[]): boolean {
  return targets.some((type) => of.includes(`${type}/${member}`));
}

function referring(caller: CallerContext, { type, parameter: name, of }: ReverseRequest): Lookup[] {
  const opened = isHere(caller, type) ? allowedType(caller, 'operation', type) : undefined;
  if (!opened) return [];
  const { definition, decision, query } = opened;
  const parameter = (definition as Definition).search[name] as SearchParameter;
  if (!namesMember(definition, parameter))
    return [{ opened, statement: referringStatement(query, name, of) }];
  return isAnyOfMember(parameter, decision.member, of)
    ? [{ opened, statement: referringStatement(query, name, undefined) }]
    : [];
}

async function lookUp({ engine }: CallerContext, lookups: readonly Lookup[]): Promise<[Lookup, Row[]][]> {
  const [first] = lookups;
  if (!first) return [];
  const statements = lookups.map(({ statement }) => statement);
  const results = await readRows<Row>(engine.pool, first.opened.decision, statements);
  return lookups.map((lookup, at) => {
    const rows = results[at] ?? [];
    if (rows.length > MAX_RELATED_RESOURCES) throw tooCostly();
    return [lookup, rows];
  });
}

/**
 * Answers a request of the gateway, with the member's own token: entries of a searchset, one a line, each version of
 * a resource once. What is another member's, is not opened by the token, is withheld or does not exist is not there.
 *
 * @throws OperationError 400 when it is no such request, or the answer is too much
 */
export async function related(caller: CallerContext, requestBody: string): Promise<InteractionResult> {
  const { include, revinclude } = parseRelatedRequest(requestBody);
  const targets = include.flatMap((reference) => parseReference(reference) ?? []);
  const lookups = [
    ...[...Map.groupBy(targets, ({ type }) => type)].flatMap(([type, of]) => named(caller, type, of)),
    ...revinclude.flatMap((one) => referring(caller, one)),
  ];
  const entries = new Map<string, BodyChunks>();
  const counts: Record<string, number> = {};
  let bytes = 0;
  for (const [{ opened }, rows] of await lookUp(caller, lookups)) {
    const { type } = opened.query;
    for (const { id, version_id: version, body } of rows) {
      const key = `${type}/${id}/${version}`;
      if (entries.has(key)) continue;
      entries.set(key, searchEntry(caller.base, { type, id, body }, 'include'));
      counts[type] = (counts[type] ?? 0) + 1;
      bytes += body.length;
      if (bytes > MAX_COMPLETED_BYTES) throw tooCostly();
    }
  }
  const body = [...entries.values()].flatMap((entry) => [...entry, '\n']);
  const disclosure = { interaction: 'search-type', counts };
  return { headers: { 'content-type': 'application/x-ndjson' }, body, disclosure };
}
