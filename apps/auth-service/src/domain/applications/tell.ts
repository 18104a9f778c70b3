/** Mails about applications, put into the outbox of mails in the transaction of the step itself. */
import type { Queryable } from '../database.ts';

/** A plan without mails has none. The row names the mailbox, because neither reader has a login of a member. */
const TELL = `INSERT INTO mail (tenant, kind, fact, sub, address, language, give_up_at)
  SELECT a.tenant, $3, $3 || '/' || a.id || '/' || a.version, a.developer, coalesce($4, d.email), 'en', now() + interval '3 days'
    FROM application a JOIN developer d ON d.tenant = a.tenant AND d.id = a.developer JOIN tenant t ON t.id = a.tenant
   WHERE a.tenant = $1 AND a.id = $2 AND t.settings ? 'mail'
  ON CONFLICT DO NOTHING`;

/** Tells the developer that the application has another state. */
export async function tellDeveloper(db: Queryable, tenant: string, id: string): Promise<void> {
  await db.query(TELL, [tenant, id, 'application-news', null]);
}

/** Tells the plan's staff that an application waits for them. @param address of the plan's settings */
export async function tellStaff(db: Queryable, tenant: string, id: string, address: string): Promise<void> {
  await db.query(TELL, [tenant, id, 'application-arrived', address]);
}
