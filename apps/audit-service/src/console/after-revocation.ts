/** The statements behind the question of what was asked for under a consent after it had ended. */
import { TOKEN_ENDS } from '@patient-access/events';
import type { Statement } from '@patient-access/fhir-store';
import { EVENT, scoped, SHOWN } from './facts.ts';
import type { Filter } from './filter.ts';

/**
 * What was asked for under consents that had ended before: the statement's parts, with `e` and `ended`. auth-service alone
 * ends a consent, and nobody is believed who says it in its place.
 */
function underEnded(tenant: string, filter: Filter) {
  const { where, values, bind } = scoped(tenant, filter);
  const ofMember = filter.member === undefined ? '' : ` AND r.member = ${bind(filter.member)}`;
  const ended = `WITH ended AS MATERIALIZED (
      SELECT r.member, r.grant_id, min(r.recorded) AS at FROM trail.audit_event r
       WHERE r.tenant = $1 AND r.kind = 'consent' AND r.act = 'revoke' AND r.outcome = '0'
         AND r.kind <> 'rest' AND r.service = 'auth-service'${ofMember} GROUP BY 1, 2)`;
  const asked = `FROM ended JOIN trail.audit_event e
      ON e.member = ended.member AND e.grant_id = ended.grant_id AND e.recorded > ended.at WHERE ${where}`;
  return { ended, asked, values, bind };
}

/**
 * Requests under a consent after the consent had ended, one more than a page shows. A request that was in progress when it
 * ended is listed too, so that a person can judge it. Requests with access tokens that had ended are listed on their own
 * (ended-tokens.ts).
 */
export function afterRevocation(tenant: string, filter: Filter): Statement {
  const { ended, asked, values, bind } = underEnded(tenant, filter);
  const text = `${ended} SELECT ${EVENT}, ended.at AS ended ${asked}
      AND e.kind IN ('rest', 'token', 'denied-attempts') AND e.act <> 'revoke'
      AND (e.reason = ANY (${bind(TOKEN_ENDS)})) IS NOT TRUE
    ORDER BY e.stored DESC, e.lane DESC, e.seq DESC LIMIT ${SHOWN + 1}`;
  return { text, values };
}

/** How many of these were answered with data: all of them, however many the page can show. */
export function givenAfterRevocation(tenant: string, filter: Filter): Statement {
  const { ended, asked, values } = underEnded(tenant, filter);
  const text = `${ended} SELECT count(*)::int AS given ${asked} AND e.kind = 'rest' AND e.outcome = '0'`;
  return { text, values };
}
