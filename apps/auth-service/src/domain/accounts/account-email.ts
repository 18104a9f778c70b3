/** The confirmed e-mail address of a login. The address before is told of every change, by a trigger. */
import { inTransaction, type Pool } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import type { PoolClient } from 'pg';
import type { EventContext } from '../audit/access-event.ts';
import { linkTicketId, useTicket } from '../mail/tickets.ts';
import type { Account } from './accounts.ts';
import { loginEvent } from './login-event.ts';

const FIND = 'SELECT email FROM account WHERE tenant = $1 AND sub = $2';
const SET = `UPDATE account SET email = $3, email_source = CASE WHEN $3::text IS NOT NULL THEN 'member' END
              WHERE tenant = $1 AND sub = $2`;

/** @returns undefined for a login without one */
export async function findEmail(pool: Pool, tenant: string, sub: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ email: string | null }>(FIND, [tenant, sub]);
  return rows[0]?.email ?? undefined;
}

async function setEmail(
  client: PoolClient,
  context: EventContext,
  account: Account,
  { email, action }: { email: string | null; action: string },
): Promise<void> {
  await client.query(SET, [context.tenant.id, account.sub, email]);
  await client.query(recordStatement([loginEvent(context, { action, account })]));
}

/**
 * Confirms the address to which a link was sent. The member has to be logged in: if she had mistyped her address, the
 * link is in the mailbox of somebody else.
 *
 * @param token of the link
 * @returns false when the link was used, is too old or belongs to another login
 */
export function confirmEmail(
  pool: Pool,
  context: EventContext,
  account: Account,
  token: string,
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const ticket = await useTicket(client, [context.tenant.id, linkTicketId(token), 'address-confirm']);
    if (!ticket) return false;
    // The transaction is rolled back, so that the link stays good for its own login.
    if (ticket.sub !== account.sub) throw new LinkOfAnother();
    await setEmail(client, context, account, { email: ticket.address, action: 'email-confirm' });
    return true;
  }).catch((error: unknown) => {
    if (error instanceof LinkOfAnother) return false;
    throw error;
  });
}

class LinkOfAnother extends Error {}

export function removeEmail(pool: Pool, context: EventContext, account: Account): Promise<void> {
  return inTransaction(pool, (client) =>
    setEmail(client, context, account, { email: null, action: 'email-remove' }),
  );
}
