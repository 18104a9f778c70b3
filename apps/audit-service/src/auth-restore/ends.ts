/** What the trail says that ended at auth-service. */
import type { Statement } from '@patient-access/fhir-store';
import type { TrailEnd, TrailEnds } from '@patient-access/internal-api';
import { ALL_MEMBERS } from '@patient-access/smart';

const PAGE = 1_000;
const OF_CLIENTS = "('client-ban', 'client-delete', 'client-rotate-secret')";

export interface EndRow {
  /** place of the event: when it was stored, in microseconds since the epoch, and its id */
  place: string;
  kind: string;
  act: string;
  grant_id: string | null;
  client: string | null;
  /** the client of an administrator's act, who uses no app */
  about: string | null;
  reason: string | null;
  at: string;
}

/** @param after place of the last event of the page before */
export function statementOfEnds(tenant: string, since: string, after = '0 '): Statement {
  const [micros = '0', id = ''] = after.split(' ');
  const text = `
    SELECT (extract(epoch FROM e.stored) * 1000000)::bigint::text || ' ' || e.id AS place, e.kind, e.act, e.grant_id, e.client,
           e.record::jsonb #>> '{client,id}' AS about, e.reason,
           to_char(e.recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
      FROM trail.audit_event e
     WHERE e.tenant = $1 AND $2::text IS NOT NULL AND e.stored >= $3::timestamptz
       AND (e.stored, e.id) > (to_timestamp($4::bigint / 1000000.0), $5)
       AND e.service = 'auth-service' AND e.outcome = '0'
       AND (e.kind = 'consent' AND e.act = 'revoke' OR e.kind = 'token' AND e.act IN ('issue', 'refresh')
            OR e.kind = 'administration' AND e.act IN ${OF_CLIENTS})
     ORDER BY e.stored, e.id LIMIT ${PAGE}`;
  return { text, values: [tenant, ALL_MEMBERS, since, micros, id] };
}

function endOf({ kind, act, grant_id: grant, client, about, reason, at }: EndRow): TrailEnd | undefined {
  if (kind === 'administration') {
    const id = about ?? client;
    if (id === null) return undefined;
    return { what: act === 'client-rotate-secret' ? 'client-secret' : 'client', id, at };
  }
  if (grant === null) return undefined;
  return kind === 'token'
    ? { what: 'tokens', id: grant, at }
    : { what: 'grant', id: grant, at, ...(reason !== null && { reason }) };
}

export function toTrailEnds(rows: readonly EndRow[]): TrailEnds {
  const ends = rows.flatMap((row) => endOf(row) ?? []);
  return { ends, next: rows.length < PAGE ? null : (rows.at(-1)?.place ?? null) };
}
