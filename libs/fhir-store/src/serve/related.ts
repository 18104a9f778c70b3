/**
 * Finds the related resources of a page, for the gateway, which completes the page. The engine decides about
 * each type separately (security rule D02).
 */
import type { DisclosedVersion } from '@patient-access/events';
import {
  type Definition,
  namesMember,
  ownersOf,
  part2Entry,
  type Part2Release,
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
import { type Audienced, part2In } from './part2.ts';
import type { InteractionResult, CallerContext } from './engine.ts';

/**
 * The name under which an owner records such a request. A page and the requests about it are separate events
 * (security rule D11).
 *
 * @returns undefined for every other path
 */
export function relatedService(owner: string, path: string): string | undefined {
  const round = relatedRound(path);
  return round === undefined ? undefined : `${owner}/related${round > 1 ? `-${round}` : ''}`;
}

interface Row extends Audienced {
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

/** Looks up resources by id. A type that the token does not open gives no rows. */
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

/**
 * A parameter that names the member has no search values: it is a column. It matches all of the member's resources or
 * none.
 */
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
 * Answers a request that the gateway makes with the member's own token. The answer has one entry of a searchset a
 * line, and each version of a resource once. It leaves out resources that belong to another member, that the token
 * does not open, that are withheld, or that do not exist.
 *
 * @throws OperationError 400 when the request is malformed, or the answer is too large
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
  const versions: DisclosedVersion[] = [];
  let bytes = 0;
  let part2: Part2Release | undefined;
  for (const [{ opened }, rows] of await lookUp(caller, lookups)) {
    const { type } = opened.query;
    part2 ??= part2In(caller, type, rows);
    for (const { id, version_id: version, body } of rows) {
      const key = `${type}/${id}/${version}`;
      if (entries.has(key)) continue;
      entries.set(key, searchEntry(caller.base, { type, id, body }, 'include'));
      counts[type] = (counts[type] ?? 0) + 1;
      versions.push({ type, id, version });
      bytes += body.length;
      if (bytes > MAX_COMPLETED_BYTES) throw tooCostly();
    }
  }
  const notice = part2 ? [[part2Entry(part2)]] : [];
  const body = [...entries.values(), ...notice].flatMap((entry) => [...entry, '\n']);
  const disclosure = { interaction: 'search-type', counts, versions };
  return { headers: { 'content-type': 'application/x-ndjson' }, body, disclosure };
}
