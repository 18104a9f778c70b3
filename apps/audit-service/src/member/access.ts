/** Summarises a member's own trail: who accessed the member's data. */
import type { Statement } from '@patient-access/fhir-store';
import { ID_PREFIX_CHARACTERS } from '../audit-event.ts';
import { CLOCKS_DIFFER } from '../columns.ts';
import type { Filter } from '../console/filter.ts';
import { isByEdge, isByGateway, serviceIn } from '../interruption.ts';

/**
 * The most events of one summary; the newest count. An app that asks every ten minutes has fewer than this in a month.
 */
export const MOST_EVENTS = 5_000;

/** Of an event: how many of which types left. Of what userinfo told there is one, without a type. */
const DISCLOSED = `
  SELECT * FROM json_each_text(CASE WHEN kind = 'rest' THEN counts END)
                WITH ORDINALITY AS counted (type, count, place)
   UNION ALL SELECT NULL, '1', 1 WHERE kind = 'account' AND outcome = '0'`;

/** One event of each request: several services may have given a part, each with an event. */
const REQUESTS = `
  SELECT min(id) AS one FROM events
   GROUP BY left(id, ${ID_PREFIX_CHARACTERS}), kind, outcome, reason, broke_off, CASE WHEN kind IN ('consent', 'ingest') THEN act END`;

/**
 * Selects reads of data, changes of consents and corrections of the record, the newest first. Logins and tokens are left out, because they
 * disclose no data. Like the engine's statements it begins with tenant and member, and runs as the role that row-level
 * security limits to both.
 *
 * A link to an insurance card that was opened leaves readings. One that was refused has an event of its own alone.
 *
 * An app that asks who has logged in gets a name or an id, which is no resource: one without a type.
 *
 * A consent that was narrowed ended for a narrower one, whose own event says so.
 *
 * The member's own page shows everything; whoever else asks sees what an app would.
 *
 * A reading whose answer broke off has a second event with the same request id, so with the same start of its id. Both are
 * one here: `interrupted`. It is told by the service that read, or by the gateway (interruption.ts).
 */
export function accessStatement(
  { tenant, member, released }: { tenant: string; member: string; released: readonly string[] },
  { from, to, zone }: Filter,
  wholeRecord: boolean,
): Statement {
  const text = `
    WITH broken AS MATERIALIZED (
      SELECT left(i.id, ${ID_PREFIX_CHARACTERS}) AS request, ${serviceIn('i.service')} AS of, ${isByGateway('i')} AS of_all
        FROM trail.audit_event i
       WHERE i.tenant = $1 AND i.member = $2 AND i.kind = 'attempt' AND i.act = 'interrupt'
         AND (${isByGateway('i')} OR ${isByEdge('i')})
         AND i.stored >= $3::date::timestamp AT TIME ZONE $5 - ${CLOCKS_DIFFER}),
    events AS MATERIALIZED (
      SELECT e.id, e.recorded, e.kind, e.act, e.outcome, e.reason, r.client, r."user", r.counts,
             (left(e.id, ${ID_PREFIX_CHARACTERS}) IN (SELECT request FROM broken WHERE of_all)
               OR (left(e.id, ${ID_PREFIX_CHARACTERS}), ${serviceIn('e.service')}) IN (SELECT request, of FROM broken)) AS broke_off
        FROM trail.audit_event e CROSS JOIN LATERAL json_to_record(e.record::json) AS r (client json, "user" json, counts json)
       WHERE e.tenant = $1 AND e.member = $2 AND (e.kind IN ('rest', 'consent', 'ingest')
              OR e.kind = 'account' AND (e.act = 'use-card-link' AND e.outcome <> '0'
                                          OR e.act = 'read-userinfo' AND e.outcome = '0'))
         AND (e.kind <> 'consent' OR e.reason IS DISTINCT FROM 'narrowed')
         AND ($6 OR e.audience IS NULL OR public.admits(e.audience, $7))
         AND e.recorded >= $3::date::timestamp AT TIME ZONE $5
         AND e.recorded < ($4::date + 1)::timestamp AT TIME ZONE $5
         AND e.stored >= $3::date::timestamp AT TIME ZONE $5 - ${CLOCKS_DIFFER}
       ORDER BY e.stored DESC, e.id DESC LIMIT ${MOST_EVENTS}), requests AS (${REQUESTS})
    SELECT to_char(recorded AT TIME ZONE $5, 'YYYY-MM-DD') AS day,
           coalesce(client ->> 'id', '') AS app,
           coalesce(client ->> 'name', client ->> 'id', '') AS name,
           CASE WHEN kind <> 'ingest' THEN "user" ->> 'sub' END AS login,
           CASE WHEN kind = 'ingest' THEN 'corrected' WHEN kind = 'consent' THEN kind WHEN outcome = '0' AND broke_off THEN 'interrupted'
                WHEN outcome = '0' THEN 'read' WHEN outcome = '12' THEN 'failed'
                ELSE 'refused' END AS happened,
           CASE WHEN kind IN ('consent', 'ingest') THEN act ELSE reason END AS what,
           disclosed.type, count(*) FILTER (WHERE coalesce(place, 1) = 1 AND id IN (SELECT one FROM requests))::int AS times,
           coalesce(sum(disclosed.count::float8), 0) AS resources, count(*) FILTER (WHERE coalesce(place, 1) = 1)::int AS events
      FROM events LEFT JOIN LATERAL (${DISCLOSED}) AS disclosed ON true
     GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY max(recorded) DESC, 7`;
  return { text, values: [tenant, member, from, to, zone, wholeRecord, released] };
}
