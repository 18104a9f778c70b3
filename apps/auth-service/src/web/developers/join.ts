/** How a developer gets an account, or a new password for it: by a link that a mail brings. */
import type { FastifyReply } from 'fastify';
import { hashPassword } from '../../domain/accounts/password.ts';
import { type PasswordProblem, passwordProblem } from '../../domain/accounts/password-rules.ts';
import { normalizePassword } from '../../domain/accounts/password-text.ts';
import { parseEmailAddress } from '../../domain/accounts/email-address.ts';
import { developerMailRules } from '../../domain/developers/developer-rules.ts';
import { keepPassword, mailboxId, openSession } from '../../domain/developers/developers.ts';
import { findTicket, linkTicketId, type MailTicket } from '../../domain/mail/tickets.ts';
import { developerPath } from '../../domain/urls.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { postedForm } from '../pages/posted-form.ts';
import { seeOther, sendPage } from '../session/session-context.ts';
import type { DeveloperContext } from './developer-context.ts';
import { setDeveloperCookie } from './developer-cookie.ts';
import { choosePasswordPage, deadLinkPage, joinPage, linkSentPage } from './pages/account.ts';

const MIN_CHARACTERS = 15;
const GONE = 410;
const TOO_MANY = 429;

const PROBLEMS: Readonly<Record<PasswordProblem, string>> = {
  short: `The password needs at least ${MIN_CHARACTERS} characters.`,
  long: 'The password is too long.',
  common: 'Many people use this password.',
  pattern: 'The password is a pattern that is easy to guess.',
  expected: 'The password is made of words that everybody would try first.',
};

/** Says the same to everybody, and whether the address has an account is not looked up. */
export async function sendLink(context: DeveloperContext): Promise<FastifyReply> {
  const { services, server, request, reply, frame } = context;
  const typed = postedForm(request).get('email') ?? '';
  const email = parseEmailAddress(typed);
  if (email === undefined)
    return sendPage(reply, joinPage(frame, { problem: 'This is no e-mail address.', email: typed }), 400);
  const address = clientAddress(request);
  const attempt = await server.stores.throttle.take(developerMailRules(services.throttleKey, email, address));
  if ('waitSeconds' in attempt) {
    void reply.header('Retry-After', String(attempt.waitSeconds));
    const problem = 'Too many mails were asked for. Try again later.';
    return sendPage(reply, joinPage(frame, { problem, email }), TOO_MANY);
  }
  const mailbox = mailboxId(services.throttleKey, frame.tenant, email);
  await server.stores.mails.requestDeveloperLink(mailbox, email, {
    requestId: request.id,
    address,
    language: 'en',
  });
  return sendPage(reply, linkSentPage(frame));
}

const ticketOf = ({ services, request, frame }: DeveloperContext): Promise<MailTicket | undefined> =>
  findTicket(services.pool, [frame.tenant, linkTicketId(request.params.token ?? ''), 'developer-link']);

/** Opening the link changes nothing, because scanners of mails open links. */
export async function showNewPassword(context: DeveloperContext): Promise<FastifyReply> {
  const ticket = await ticketOf(context);
  const { reply, frame } = context;
  if (!ticket) return sendPage(reply, deadLinkPage(frame), GONE);
  const shown = { email: ticket.address, minCharacters: MIN_CHARACTERS };
  return sendPage(reply, choosePasswordPage(frame, shown));
}

function problemOf(fields: URLSearchParams, names: string[]): string | undefined {
  const password = fields.get('password') ?? '';
  if (normalizePassword(password) !== normalizePassword(fields.get('repeat') ?? ''))
    return 'The two passwords are not the same.';
  const problem = passwordProblem(password, { minCharacters: MIN_CHARACTERS, names });
  return problem && PROBLEMS[problem];
}

export async function savePassword(context: DeveloperContext): Promise<FastifyReply> {
  const { services, server, request, reply, frame, place } = context;
  const { pool } = services;
  const ticket = await ticketOf(context);
  if (!ticket) return sendPage(reply, deadLinkPage(frame), GONE);
  const fields = postedForm(request);
  const problem = problemOf(fields, [server.tenant.name, ticket.address]);
  if (problem !== undefined) {
    const shown = { problem, email: ticket.address, minCharacters: MIN_CHARACTERS };
    return sendPage(reply, choosePasswordPage(frame, shown), 400);
  }
  const hash = await hashPassword(fields.get('password') ?? '');
  const chosen = { token: request.params.token ?? '', hash };
  const from = { address: clientAddress(request), requestId: request.id };
  const developer = await keepPassword(pool, frame.tenant, chosen, from);
  if (!developer) return sendPage(reply, deadLinkPage(frame), GONE);
  // Another link may have replaced this password already. Then the next page asks for a login.
  const cookie = await openSession(pool, frame.tenant, { id: developer.id, hash });
  if (cookie !== undefined) setDeveloperCookie(place, reply, cookie);
  return seeOther(reply, developerPath(frame.tenant));
}
