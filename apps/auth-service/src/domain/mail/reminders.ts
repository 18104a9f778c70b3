/** Tells members in good time that a consent ends. */
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

/** Queues the reminders that are due, each once, whichever replica comes first. */
export async function queueReminders(pool: Pool): Promise<void> {
  await inTransaction(pool, (client) => client.query(QUEUE_REMINDERS));
}
