import { randomUUID } from 'node:crypto';
import {
  historyBundle,
  type FhirInteraction,
  MAX_COUNT,
  notFound,
  parseResultParameters,
} from '@patient-access/fhir';
import { type Audienced, part2Headers, part2In } from './part2.ts';
import { subsetBody } from './subset-body.ts';
import { queryFor } from './query-for.ts';
import { readRows, type Statement } from '../sql/row-scope.ts';
import type { RowQuery } from '../sql/search-sql.ts';
import { historyStatement, type HistoryRange, versionCountStatement } from '../sql/version-sql.ts';
import { nextLink, openCursor, pageLink } from './cursor-links.ts';
import { refuseOthers, sinceParameter } from './named-parameters.ts';
import { CURSOR } from './parameters.ts';
import type { AllowedRequest, InteractionResult } from './engine.ts';

interface Row extends Audienced {
  version_id: string;
  is_created: boolean;
  last_updated: Date;
  /** JSON, UTF-8 */
  body: Buffer;
  deleted: Date | null;
  /** of the row that counts all versions */
  total: number;
}

const KNOWN = ['_count', '_since', '_format', '_summary', '_elements', CURSOR];

/**
 * @returns the versions of a page and the one behind it, with the number of all versions if it is asked for; undefined
 *   where there is no such resource
 */
async function readVersions(
  { engine, decision }: AllowedRequest,
  query: RowQuery,
  id: string,
  { range, isCounted }: { range: HistoryRange; isCounted: boolean },
): Promise<{ found: Row[]; total: number | undefined } | undefined> {
  const read = (...statements: Statement[]) => readRows<Row>(engine.pool, decision, statements);
  const counting = isCounted ? [versionCountStatement(query, id, range)] : [];
  const [found = [], counted] = await read(historyStatement(query, id, range), ...counting);
  const total = counted?.[0]?.total;
  if (found.length > 0) return { found, total };
  // Nothing may be newer than `_since` of what is there. Of what is not there, another service may have the history.
  if (range.since === undefined) return undefined;
  const [ever = []] = await read(historyStatement(query, id, { count: 1 }));
  return ever.length > 0 ? { found, total } : undefined;
}

/**
 * history-instance: the versions of a resource, newest first (http://hl7.org/fhir/R4/http.html#history).
 *
 * @throws OperationError 404 as for a read; 400 naming a bad parameter
 */
export async function historyPage(
  allowed: AllowedRequest,
  { type, id }: Extract<FhirInteraction, { interaction: 'history-instance' }>,
): Promise<InteractionResult> {
  const { definition, base } = allowed;
  const path = `${type}/${id}/_history`;
  const { query: entries, after } = openCursor(allowed, path);
  const { count, total: isCounted, subset } = parseResultParameters(definition, entries);
  refuseOthers(entries, KNOWN, 'on a history');
  const range: HistoryRange = { count: Math.min(count, MAX_COUNT), since: sinceParameter(entries) };
  if (after) range.before = after.keys[0];
  const query = queryFor(allowed, allowed, type);
  const versions = await readVersions(allowed, query, id, { range, isCounted });
  if (!versions) throw notFound();
  const { found, total } = versions;
  const rows = found.slice(0, range.count);
  const last = rows.at(-1);
  const position = last && found.length > rows.length && { keys: [last.last_updated.toISOString()], id };
  const part2 = part2In(allowed, type, rows);
  const body = historyBundle(base, randomUUID(), {
    entries: rows.map((row) => ({
      type,
      id,
      version: row.version_id,
      isCreated: row.is_created,
      lastUpdated: row.last_updated.toISOString(),
      ...(!row.deleted && { body: subsetBody(row.body, subset) }),
    })),
    self: pageLink(allowed, path, allowed.parameters),
    ...(position && { next: nextLink(allowed, path, entries, position) }),
    ...(total !== undefined && { total }),
    part2,
  });
  const shown = rows.map(({ version_id: version }) => ({ type, id, version }));
  const counts = { [type]: rows.length };
  const disclosure = { interaction: 'history-instance', type, counts, versions: shown };
  return { headers: part2Headers(part2), body, disclosure };
}
