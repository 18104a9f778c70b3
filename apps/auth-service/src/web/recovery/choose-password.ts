/** The page behind the link of a mail, where a member chooses a new password. */
import type { FastifyReply } from 'fastify';
import type { Account } from '../../domain/accounts/accounts.ts';
import { hashPassword } from '../../domain/accounts/password.ts';
import { passwordOwner, passwordProblem } from '../../domain/accounts/password-rules.ts';
import { normalizePassword } from '../../domain/accounts/password-text.ts';
import { findTicket, linkTicketId } from '../../domain/mail/tickets.ts';
import { resetPassword } from '../../domain/recovery/reset-password.ts';
import { codeRules } from '../../domain/throttle/rules.ts';
import { unlessBusy } from '../../domain/throttle/unless-busy.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { askToWait } from '../pages/ask-to-wait.ts';
import { postedForm } from '../pages/posted-form.ts';
import { invalidLinkPage, newPasswordPage, passwordResetPage } from '../pages/recovery.ts';
import { eventContextOf } from '../session/event-context.ts';
import { sendPage } from '../session/session-context.ts';
import { type RecoveryContext, recordRefusedReset } from './recovery-context.ts';

const GONE = 410;

const tokenOf = ({ request }: RecoveryContext): string => request.params.token ?? '';

/** @returns whose password the link may change; undefined for a link that was used, is too old or never was */
async function accountOf(context: RecoveryContext): Promise<Account | undefined> {
  const { tenant, stores } = context.server;
  const id = linkTicketId(tokenOf(context));
  const ticket = await findTicket(context.services.pool, [tenant.id, id, 'password-reset']);
  return ticket && stores.accounts.find(ticket.sub);
}

const refuseLink = ({ reply, frame }: RecoveryContext): FastifyReply =>
  sendPage(reply, invalidLinkPage(frame), GONE);

const wantsToDisconnect = (fields: URLSearchParams): boolean => fields.get('disconnect') === 'yes';

async function showForm(
  { server, request, reply, frame }: RecoveryContext,
  account: Account,
  { status, problem }: { status?: number; problem?: string } = {},
): Promise<FastifyReply> {
  const secondFactor = (await server.stores.secondFactors.find(account.sub)) !== undefined;
  const { minCharacters } = passwordOwner(server.tenant, account);
  const hint = frame.texts.password.hint(minCharacters);
  const disconnect = wantsToDisconnect(postedForm(request));
  const { login } = account;
  const page = newPasswordPage({ ...frame, login, secondFactor, hint, problem, disconnect });
  return sendPage(reply, page, status);
}

export async function showChoosePassword(context: RecoveryContext): Promise<FastifyReply> {
  const account = await accountOf(context);
  return account ? showForm(context, account) : refuseLink(context);
}

/** @returns what is wrong with the passwords that were typed */
function problemOf(
  { server, frame }: RecoveryContext,
  account: Account,
  fields: URLSearchParams,
): string | undefined {
  const words = frame.texts.password;
  const password = fields.get('password') ?? '';
  if (normalizePassword(password) !== normalizePassword(fields.get('repeat') ?? '')) return words.different;
  const owner = passwordOwner(server.tenant, account);
  const problem = passwordProblem(password, owner);
  return problem && words.problems[problem](owner.minCharacters);
}

/** What the page says when it is shown again. */
interface Wrong {
  status: number;
  problem: string;
}

/**
 * Asks for the second factor of a login that has one: a mailbox never takes its place. A code works once, so it is used
 * when the password is hashed, which may have to be tried again later.
 *
 * @returns the new hash, or what is wrong with the code. It is no reply, because a reply of Fastify that is awaited is
 *   undefined.
 * @throws PasswordChecksBusy
 */
async function hashForReset(
  context: RecoveryContext,
  account: Account,
  fields: URLSearchParams,
): Promise<string | Wrong> {
  const { services, server, request, reply, frame } = context;
  const { throttle, secondFactors } = server.stores;
  const hash = () => hashPassword(fields.get('password') ?? '');
  if (!(await secondFactors.find(account.sub))) return hash();
  const refused = { action: 'password-reset', account };
  const attempt = await throttle.take(codeRules(services.throttleKey, account.sub, clientAddress(request)));
  if ('waitSeconds' in attempt) {
    if (attempt.first) await recordRefusedReset(context, { ...refused, reason: 'too-many-attempts' });
    return { status: 429, problem: askToWait(reply, attempt, frame.texts) };
  }
  const passwordHash = await unlessBusy(throttle, attempt, hash);
  if (!(await secondFactors.use(account.sub, fields.get('code') ?? ''))) {
    await recordRefusedReset(context, { ...refused, reason: 'wrong-code' });
    return { status: 400, problem: frame.texts.code.wrong };
  }
  await throttle.succeeded(attempt);
  return passwordHash;
}

export async function choosePassword(context: RecoveryContext): Promise<FastifyReply> {
  const { services, request, reply, frame } = context;
  const account = await accountOf(context);
  if (!account) return refuseLink(context);
  const fields = postedForm(request);
  const problem = problemOf(context, account, fields);
  if (problem !== undefined) return showForm(context, account, { status: 400, problem });
  const hashed = await hashForReset(context, account, fields);
  if (typeof hashed !== 'string') return showForm(context, account, hashed);
  const reset = {
    token: tokenOf(context),
    passwordHash: hashed,
    disconnect: wantsToDisconnect(fields),
  };
  const done = await resetPassword(services.pool, eventContextOf({ ...context, account }), account, reset);
  if (!done) return refuseLink(context);
  return sendPage(reply, passwordResetPage({ ...frame, login: account.login }));
}
