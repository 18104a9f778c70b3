/** The page behind the link that was sent to a new address. */
import type { FastifyReply } from 'fastify';
import { confirmEmail } from '../../domain/accounts/account-email.ts';
import { findTicket, linkTicketId } from '../../domain/mail/tickets.ts';
import { confirmEmailPage, emailNotePage } from '../pages/email.ts';
import { memberPath } from '../../domain/urls.ts';
import { eventContextOf } from '../session/event-context.ts';
import { memberPageOf, seeOther, sendPage, type SessionContext } from '../session/session-context.ts';

const GONE = 410;

const refuseLink = (context: SessionContext): FastifyReply =>
  sendPage(context.reply, emailNotePage(memberPageOf(context), context.texts.email.invalid), GONE);

/** Changes nothing: scanners of mail open links. */
export async function showConfirmation(context: SessionContext, token: string): Promise<FastifyReply> {
  const { services, server, account, reply } = context;
  const ticket = await findTicket(services.pool, [server.tenant.id, linkTicketId(token), 'address-confirm']);
  if (ticket?.sub !== account.sub) return refuseLink(context);
  return sendPage(reply, confirmEmailPage({ ...memberPageOf(context), address: ticket.address }));
}

/** The link has done its work and leads nowhere any more, so the browser goes to the page of the address. */
export async function confirmAddress(context: SessionContext, token: string): Promise<FastifyReply> {
  const { services, server, reply, account } = context;
  const done = await confirmEmail(services.pool, eventContextOf(context), account, token);
  return done
    ? seeOther(reply, `${memberPath(server.tenant.id, 'email')}?done=confirmed`)
    : refuseLink(context);
}
