/** The FHIR API of the whole plan's trail, for auditors and their backend services. */
import { randomUUID } from 'node:crypto';
import type { ReadPool } from '@patient-access/database';
import {
  invalid,
  type FhirInteraction,
  notFound,
  notSupported,
  parseIncludes,
  parseResultParameters,
  parseSearch,
  type ParsedSearch,
  searchBundle,
  searchTooCostly,
} from '@patient-access/fhir';
import {
  type AllowedRequest,
  type InteractionResult,
  nextLink,
  openCursor,
  type AuditorSearch,
  subsetBody,
  queryFor,
  readRows,
  leftOutOf,
  selfLink,
} from '@patient-access/fhir-store';
import { auditEventOf, VERSION } from '../stored-event.ts';
import { countStatement, pageStatement, type TrailSearch } from './statements.ts';

const TYPE = 'AuditEvent';
const NEWEST_FIRST = [{ parameter: '_lastUpdated', kind: 'date', descending: true }] as const;

interface Row {
  id: string;
  /** what the AuditEvent is made from */
  body: Buffer;
  k0: string;
  total: number;
}

type Interaction = Exclude<FhirInteraction, { interaction: 'operation' }>;

/**
 * A repeated `patient` means AND. No event matches that, because an event is about one member at most: it is an error.
 */
function membersOf({ members }: ParsedSearch, entries: readonly [string, string][]): string[] | undefined {
  const names = entries.filter(([name]) => /^patient\b/.test(name)).length;
  if (names > 1)
    throw invalid('patient: may be given once; several members are separated by commas.', 'patient');
  return members.length > 0 ? members.map(({ id }) => id) : undefined;
}

function questionOf(
  allowed: AllowedRequest,
  search?: ParsedSearch,
  members?: readonly string[],
): TrailSearch {
  const { granularClauses } = queryFor(allowed, allowed, TYPE);
  const { tenant } = allowed.decision;
  return { tenant, clauses: search?.clauses ?? [], granularClauses, ...(members && { members }) };
}

/** SQLSTATE of a statement that Postgres ended because it took too long. */
const QUERY_CANCELED = '57014';

/** A search without an index reads from the newest event on. It takes too long when matches are rare. */
function tooCostly(error: unknown): unknown {
  if ((error as { code?: unknown }).code !== QUERY_CANCELED) return error;
  return searchTooCostly('Say since when (date=ge…), or about whom (patient).');
}

/** @throws OperationError 400; also for includes, because members' data is nothing that an auditor is shown */
function searchOf(
  { definition, base, strict }: AllowedRequest,
  entries: readonly [string, string][],
): ParsedSearch {
  const search = parseSearch(definition, entries, { base, strict, nowMs: Date.now() });
  if (parseIncludes(TYPE, entries))
    throw notSupported('_include and _revinclude: an auditor is shown AuditEvents alone.', '_include');
  return search;
}

async function searchTrail(pool: ReadPool, allowed: AllowedRequest): Promise<InteractionResult> {
  const { decision, definition, base } = allowed;
  const { query: entries, after } = openCursor(allowed, TYPE);
  const search = searchOf(allowed, entries);
  const question = questionOf(allowed, search, membersOf(search, entries));
  const statements = [
    ...(search.count > 0 ? [pageStatement(question, search, after)] : []),
    ...(search.total ? [countStatement(question)] : []),
  ];
  const results = await readRows<Row>(pool, decision, statements).catch((error: unknown) => {
    throw tooCostly(error);
  });
  const found = search.count > 0 ? (results[0] ?? []) : [];
  const rows = found.slice(0, search.count);
  const last = found.length > rows.length ? rows.at(-1) : undefined;
  const next = nextLink(allowed, TYPE, entries, last && { keys: [last.k0], id: last.id });
  const total = search.total ? results.at(-1)?.[0]?.total : undefined;
  const body = searchBundle(base, randomUUID(), {
    entries: rows.map(({ id, body: whole }) => ({
      type: TYPE,
      id,
      body: subsetBody(auditEventOf(whole), search.subset),
    })),
    self: selfLink(allowed, TYPE, search.used, search.count),
    ...(next && { next }),
    ...(total !== undefined && { total }),
    outcome: leftOutOf(TYPE, definition, search),
  });
  return {
    headers: {},
    body,
    disclosure: {
      interaction: 'search-type',
      type: TYPE,
      counts: { [TYPE]: rows.length },
      versions: rows.map(({ id }) => ({ type: TYPE, id, version: VERSION })),
    },
  };
}

async function readEvent(
  pool: ReadPool,
  allowed: AllowedRequest,
  interaction: Interaction & { id: string },
): Promise<InteractionResult> {
  const { decision, definition, parameters } = allowed;
  const { subset } = parseResultParameters(definition, parameters);
  const named = { parameter: '_id', matches: [{ kind: 'id' as const, value: interaction.id }] };
  const question = { ...questionOf(allowed), clauses: [named] };
  const [rows] = await readRows<Row>(pool, decision, [
    pageStatement(question, { sort: NEWEST_FIRST, count: 1 }),
  ]);
  const row = rows?.[0];
  if (!row) throw notFound();
  return {
    headers: { etag: `W/"${VERSION}"`, 'last-modified': new Date(row.k0).toUTCString() },
    body: [subsetBody(auditEventOf(row.body), subset)],
    disclosure: {
      interaction: interaction.interaction,
      type: TYPE,
      counts: { [TYPE]: 1 },
      resource: { reference: `${TYPE}/${row.id}`, version: VERSION },
    },
  };
}

/**
 * @param pool connections of the auditor role, the only role that can see the trail of more than one member
 * @throws OperationError in the same cases as the engine's search for members
 */
export function auditorSearch(pool: ReadPool): AuditorSearch {
  return async (allowed, interaction) => {
    switch (interaction.interaction) {
      case 'search-type':
        return searchTrail(pool, allowed);
      case 'vread':
        if (interaction.version !== VERSION) throw notFound();
        return readEvent(pool, allowed, interaction);
      case 'history-instance':
        throw notSupported('An AuditEvent never changes: it has no history.', '_history');
      case 'read':
        return readEvent(pool, allowed, interaction);
    }
  };
}
