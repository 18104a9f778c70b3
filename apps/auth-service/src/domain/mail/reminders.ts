/** Tells members in good time that a consent ends, or the time in which they see somebody's data. */
import { inTransaction, type Pool } from '@patient-access/database';

/**
 * Several consents that end on one day are one mail. A consent that a longer one has replaced ends without anybody
 * missing it.
 */
const QUEUE_REMINDERS = {
  name: 'mail-reminders',
  text: `WITH due AS (
           SELECT tenant, grant_id FROM consent WHERE remind_at <= now()
            ORDER BY remind_at LIMIT 500 FOR UPDATE SKIP LOCKED),
         reminded AS (
           UPDATE consent c SET remind_at = NULL FROM due
            WHERE c.tenant = due.tenant AND c.grant_id = due.grant_id
           RETURNING c.tenant, c.sub, c.client_id, c.member, c.until, c.revoked_at)
         SELECT queue_notice(r.tenant, r.sub, 'consent-ends',
                             'consent-ends/' || r.sub || '/' || (r.until AT TIME ZONE 'UTC')::date, NULL)
           FROM reminded r
          WHERE r.revoked_at IS NULL AND r.until > now()
            AND NOT EXISTS (SELECT FROM consent n
                             WHERE n.tenant = r.tenant AND n.sub = r.sub AND n.client_id = r.client_id
                               AND n.member IS NOT DISTINCT FROM r.member AND n.revoked_at IS NULL AND n.until > r.until)`,
};

/** The time after a coverage or a death: one mail for all relations of a login that end on one day. */
const QUEUE_ENDS_OF_ACCESS = {
  name: 'mail-ends-of-access',
  text: `WITH due AS (
           SELECT tenant, sub, patient FROM account_member WHERE remind_at <= now()
            ORDER BY remind_at LIMIT 500 FOR UPDATE SKIP LOCKED),
         reminded AS (
           UPDATE account_member m SET remind_at = NULL FROM due
            WHERE m.tenant = due.tenant AND m.sub = due.sub AND m.patient = due.patient
           RETURNING m.tenant, m.sub, m.ends_at)
         SELECT queue_notice(tenant, sub, 'access-ends',
                             'access-ends/' || sub || '/' || (ends_at AT TIME ZONE 'UTC')::date, NULL)
           FROM reminded WHERE ends_at > now()`,
};

/** Queues the reminders that are due, each once, whichever replica comes first. */
export async function queueReminders(pool: Pool): Promise<void> {
  for (const statement of [QUEUE_REMINDERS, QUEUE_ENDS_OF_ACCESS])
    await inTransaction(pool, (client) => client.query(statement));
}
