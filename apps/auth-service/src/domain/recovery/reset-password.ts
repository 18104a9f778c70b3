/** A new password in place of a forgotten one, by the link of a mail. */
import { randomUUID } from 'node:crypto';
import { inTransaction, type Pool } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import type { Account } from '../accounts/accounts.ts';
import { keepLoginChange } from '../accounts/login-changes.ts';
import { loginEvent } from '../accounts/login-event.ts';
import { logOutEverywhere } from '../accounts/sessions.ts';
import type { EventContext } from '../audit/access-event.ts';
import { endGrantsOf } from '../consent/end-grants.ts';
import { queryOn } from '../database.ts';
import { linkTicketId, useTicket } from '../mail/tickets.ts';

const SET = 'UPDATE account SET password_hash = $3 WHERE tenant = $1 AND sub = $2';

export interface PasswordReset {
  /** of the link */
  token: string;
  /** of a password that was checked already */
  passwordHash: string;
  /** whether all apps are disconnected too */
  disconnect: boolean;
}

/**
 * Uses up the link and sets the password. The sessions of the login end; its grants stay, unless the member wants
 * them to end. All other links and codes that were sent end by a trigger, which queues the notice, too.
 *
 * @returns false when the link was used meanwhile
 */
export async function resetPassword(
  pool: Pool,
  context: EventContext,
  account: Account,
  { token, passwordHash, disconnect }: PasswordReset,
): Promise<boolean> {
  const tenant = context.tenant.id;
  return inTransaction(pool, async (client) => {
    const query = queryOn(client);
    const ticket = await useTicket(client, [tenant, linkTicketId(token), 'password-reset']);
    if (ticket?.sub !== account.sub) return false;
    await client.query(SET, [tenant, account.sub, passwordHash]);
    // Who has forgotten a password cannot know who else uses it: everybody logs in again.
    await logOutEverywhere(query, tenant, account.sub);
    await keepLoginChange(query, tenant, account.sub, 'password-reset');
    const event = loginEvent(context, { action: 'password-reset', account });
    await client.query(recordStatement([event]));
    if (!disconnect) return true;
    const ended = { ...context, requestId: randomUUID() };
    await endGrantsOf(query, { account: account.sub }, 'member', ended);
    return true;
  });
}
