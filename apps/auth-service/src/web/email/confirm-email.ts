/** The page behind the link that was sent to a new address. */
import type { FastifyReply } from 'fastify';
import { confirmEmail } from '../../domain/accounts/account-email.ts';
import { findTicket, linkTicketId } from '../../domain/mail/tickets.ts';
import { confirmEmailPage, emailNotePage } from '../pages/email.ts';
import { memberPageOf, sendPage, type SessionContext } from '../session/session-context.ts';
import { emailEventContext, showEmail } from './change-email.ts';

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

export async function confirmAddress(context: SessionContext, token: string): Promise<FastifyReply> {
  const { services, account, texts } = context;
  const done = await confirmEmail(services.pool, emailEventContext(context), account, token);
  return done ? showEmail(context, { done: texts.email.confirmed }) : refuseLink(context);
}
