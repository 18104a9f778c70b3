/** A member changes the e-mail address of her login. Whoever found an open session cannot: it takes the password. */
import type { FastifyReply } from 'fastify';
import { findEmail, removeEmail } from '../../domain/accounts/account-email.ts';
import { parseEmailAddress } from '../../domain/accounts/email-address.ts';
import { codeRules } from '../../domain/throttle/rules.ts';
import { unlessBusy } from '../../domain/throttle/unless-busy.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { askToWait } from '../pages/ask-to-wait.ts';
import { emailPage } from '../pages/email.ts';
import { postedForm, shownAgain } from '../pages/posted-form.ts';
import { recordRefusedLoginAct } from '../security/login-act.ts';
import { eventContextOf } from '../session/event-context.ts';
import { memberPageOf, sendPage, type SessionContext } from '../session/session-context.ts';

/** What the trail calls a change that was refused. */
const ACTION = 'email-change';

interface Shown {
  status?: number;
  problem?: string;
  done?: string;
}

export async function showEmail(
  context: SessionContext,
  { status, ...said }: Shown = {},
): Promise<FastifyReply> {
  const { services, server, account, request, reply } = context;
  const { tenant, stores } = server;
  const typed = said.problem === undefined ? '' : shownAgain(postedForm(request).get('email'));
  const address = await findEmail(services.pool, tenant.id, account.sub);
  const secondFactor = (await stores.secondFactors.find(account.sub)) !== undefined;
  return sendPage(
    reply,
    emailPage({ ...memberPageOf(context), ...said, address, typed, asksForCode: secondFactor }),
    status,
  );
}

/** @returns whether password and code are those of this login */
async function isRight({ server, account }: SessionContext, fields: URLSearchParams): Promise<boolean> {
  const { accounts, secondFactors } = server.stores;
  const { ok } = await accounts.authenticate(account.login, fields.get('password') ?? '');
  if (!ok || !(await secondFactors.find(account.sub))) return ok;
  return (await secondFactors.use(account.sub, fields.get('code') ?? '')) !== undefined;
}

/** What the form does, for whoever presses its button a second time: a code is used up by the first press. */
interface FirstPress {
  isDone(): Promise<boolean>;
  /** what the page says then */
  says: string;
}

/**
 * @returns what the page says where password or code are wrong; undefined when both are right. It is no reply, because a reply of
 *   Fastify that is awaited is undefined.
 */
async function wrongPerson(
  context: SessionContext,
  fields: URLSearchParams,
  first: FirstPress,
): Promise<Shown | undefined> {
  const { services, server, account, request, reply, texts } = context;
  const { throttle } = server.stores;
  const attempt = await throttle.take(codeRules(services.throttleKey, account.sub, clientAddress(request)));
  if ('waitSeconds' in attempt) {
    if (attempt.first) await recordRefusedLoginAct(context, { action: ACTION, reason: 'too-many-attempts' });
    return { status: 429, problem: askToWait(reply, attempt, texts) };
  }
  if (await unlessBusy(throttle, attempt, () => isRight(context, fields))) {
    await throttle.succeeded(attempt);
    return undefined;
  }
  if (await first.isDone()) return { done: first.says };
  await recordRefusedLoginAct(context, { action: ACTION, reason: 'wrong-password' });
  return { status: 400, problem: texts.email.wrong };
}

/** Sends a link to the new address. Until it is confirmed, the address before stays. */
export async function changeEmail(context: SessionContext, fields: URLSearchParams): Promise<FastifyReply> {
  const { server, account, request, texts } = context;
  const address = parseEmailAddress(fields.get('email') ?? '');
  if (address === undefined) return showEmail(context, { status: 400, problem: texts.email.noAddress });
  const { mails } = server.stores;
  const says = texts.email.sent(address);
  const isDone = () => mails.hasJustAsked(account.sub, address);
  const wrong = await wrongPerson(context, fields, { isDone, says });
  if (wrong) return showEmail(context, wrong);
  const { language } = texts;
  const asked = { requestId: request.id, address: clientAddress(request), language };
  await mails.requestConfirmation(account.sub, address, asked);
  return showEmail(context, { done: says });
}

export async function forgetEmail(context: SessionContext, fields: URLSearchParams): Promise<FastifyReply> {
  const { services, server, account, texts } = context;
  const says = texts.email.removed;
  const isDone = () => server.stores.mails.hasJustLostAddress(account.sub);
  const wrong = await wrongPerson(context, fields, { isDone, says });
  if (wrong) return showEmail(context, wrong);
  await removeEmail(services.pool, eventContextOf(context), account);
  return showEmail(context, { done: says });
}
