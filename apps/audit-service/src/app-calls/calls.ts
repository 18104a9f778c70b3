/** The calls of apps in the trail, for their developers. */
import type { Statement } from '@patient-access/fhir-store';
import { type AppCall, type AppCallsQuery, MAX_APP_CALLS } from '@patient-access/internal-api';
import { ALL_MEMBERS } from '@patient-access/smart';
import { idPrefixOf } from '../audit-event.ts';
import { withoutValues } from './request-line.ts';

const DAYS = 7;
/** What an app does. What members decide is none of its calls. */
const KINDS = "('rest', 'attempt', 'token', 'authorization')";

export interface CallRow {
  at: string;
  kind: string;
  act: string;
  outcome: string;
  reason: string | null;
  client: string;
  request_id: string;
  request: string | null;
}

const FIELDS = `to_char(e.recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, e.kind, e.act, e.outcome,
  e.reason, e.client, e.record::jsonb ->> 'requestId' AS request_id, e.record::jsonb ->> 'request' AS request`;
const RECENT = `e.tenant = $1 AND $2::text IS NOT NULL AND e.stored >= now() - interval '${DAYS} days' AND e.kind IN ${KINDS}`;

/**
 * Each app's newest calls come from an index of their own, however many apps are asked for. Those of one delivery are
 * stored at one time, so they are told in the order in which they were made.
 */
const OF_CLIENTS = `SELECT c.* FROM unnest($3::text[]) AS k (client), LATERAL (
    SELECT ${FIELDS}, e.stored, e.id FROM trail.audit_event e
     WHERE ${RECENT} AND e.client = k.client AND ($4::boolean IS NOT TRUE OR e.outcome <> '0')
     ORDER BY e.stored DESC LIMIT ${MAX_APP_CALLS}) c
  ORDER BY c.at DESC, c.stored DESC, c.id DESC LIMIT ${MAX_APP_CALLS}`;

/** The start of an event's id is a hash of the request's id. */
const OF_REQUEST = `SELECT ${FIELDS} FROM trail.audit_event e
  WHERE ${RECENT} AND e.client = ANY ($3::text[]) AND e.id >= $4 AND e.id < $4 || '~'
    AND e.record::jsonb ->> 'requestId' = $5
  ORDER BY e.stored, e.id LIMIT ${MAX_APP_CALLS}`;

export function statementOfCalls(tenant: string, { clients, request, only }: AppCallsQuery): Statement {
  const ids = clients.split(' ');
  if (request === undefined)
    return { text: OF_CLIENTS, values: [tenant, ALL_MEMBERS, ids, only === 'refused'] };
  const prefix = idPrefixOf({ tenant, requestId: request });
  return { text: OF_REQUEST, values: [tenant, ALL_MEMBERS, ids, prefix, request] };
}

const OUTCOMES: Readonly<Record<string, AppCall['outcome']>> = { '0': 'answered', '12': 'failed' };

/** Nothing else of an event leaves: no member, no login, no grant, no count. */
export const toAppCall = ({ kind, act, request, request_id, ...row }: CallRow): AppCall => ({
  at: row.at,
  requestId: request_id,
  client: row.client,
  request: kind === 'rest' || kind === 'attempt' ? withoutValues(request ?? '') : `${kind} ${act}`,
  outcome: OUTCOMES[row.outcome] ?? 'refused',
  reason: row.reason,
});
