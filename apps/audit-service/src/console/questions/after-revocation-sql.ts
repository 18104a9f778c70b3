/** The statement behind the question of what was asked for under a consent after it had ended. */
import { TOKEN_ENDS } from '@patient-access/events';
import type { Statement } from '@patient-access/fhir-store';
import { isOfKind } from '../../columns.ts';
import { type ConsoleEvent, EVENT, SHOWN } from '../console-sql.ts';
import type { Filter } from '../filter.ts';
import { ConsoleValues, narrowed } from '../filter-sql.ts';

/** A request under a consent that had ended before. */
export interface AfterRevocation extends ConsoleEvent {
  /** when the consent had ended */
  ended: Date;
  /** how many of all such requests were answered with data, also of those that the page does not show */
  given: number;
}

/**
 * Requests under a consent after the consent had ended, one more than a page shows. A request that was in progress when it
 * ended is listed too, so that a person can judge it. Requests with access tokens that had ended are listed on their own
 * (ended-tokens.ts). auth-service alone ends a consent, and nobody is believed who says it in its place.
 *
 * The consents are read once, those that had ended by the end of the period; an index has them by kind. Then either the
 * events of each member whose consent had ended are looked up, or where the period has fewer events than there are such
 * members, its events are read once. Which of the two it is, an index says before: it counts no further than to the number of
 * these members. So at most as many look-ups are made as there are events, or members, whichever are fewer.
 */
export function afterRevocation(tenant: string, filter: Filter): Statement {
  const values = new ConsoleValues(tenant, filter);
  const { bind } = values;
  const { driving, others } = narrowed(tenant, filter, values);
  const ofMember = filter.member === undefined ? '' : ` AND r.member = ${bind(filter.member)}`;
  const byThen = filter.latest ? ` AND r.stored <= ${bind(filter.latest.toISOString())}` : '';
  const isRequest = `e.kind IN ('rest', 'token', 'attempt', 'denied-attempts') AND e.act NOT IN ('revoke', 'interrupt')
          AND (e.reason = ANY (${bind(TOKEN_ENDS)})) IS NOT TRUE`;
  const afterwards = 'ended.member = e.member AND ended.grant_id = e.grant_id AND e.recorded > ended.at';
  const text = `WITH ended AS MATERIALIZED (
      SELECT r.member, r.grant_id, min(r.recorded) AS at FROM trail.audit_event r
       WHERE r.tenant = $1 AND ${isOfKind('r', "'consent'")} AND r.act = 'revoke' AND r.outcome = '0'
         AND r.service = 'auth-service'${ofMember}${byThen} GROUP BY 1, 2),
    whose AS MATERIALIZED (SELECT DISTINCT member FROM ended),
    members AS MATERIALIZED (SELECT count(*) AS number FROM whose),
    few AS MATERIALIZED (
      SELECT count(*) < (SELECT number FROM members) AS events
        FROM (SELECT 1 FROM trail.audit_event e WHERE ${driving} LIMIT (SELECT number FROM members)) e),
    asked AS (
      SELECT e.*, count(*) FILTER (WHERE e.kind = 'rest' AND e.outcome = '0') OVER ()::int AS given
        FROM (SELECT e.*, ended.at AS ended FROM whose
               CROSS JOIN LATERAL (SELECT * FROM trail.audit_event e WHERE e.member = whose.member
                 AND ${driving} AND ${others} AND ${isRequest} OFFSET 0) e
                JOIN ended ON ${afterwards} WHERE NOT (SELECT events FROM few)
               UNION ALL
              SELECT e.*, ended.at FROM (SELECT * FROM trail.audit_event e
                WHERE ${driving} AND ${others} AND ${isRequest} OFFSET 0) e
                JOIN ended ON ${afterwards} WHERE (SELECT events FROM few)) e
       ORDER BY e.stored DESC, e.lane DESC, e.seq DESC LIMIT ${SHOWN + 1})
    SELECT ${EVENT}, e.ended, e.given FROM asked e ORDER BY e.stored DESC, e.lane DESC, e.seq DESC`;
  return { text, values: values.list };
}
