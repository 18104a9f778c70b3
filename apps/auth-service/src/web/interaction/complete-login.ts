/** Ends the login step: stores the access event, sets the session, and goes on. */
import type { AccessEvent } from '@patient-access/events';
import type { Account } from '../../domain/accounts/accounts.ts';
import { type LoginAct, loginEvent } from '../../domain/accounts/login-event.ts';
import type { Authentication } from '../../provider/authorization/login-policy.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { eventContextOf } from '../session/event-context.ts';
import { rememberDevice } from './device-cookie.ts';
import type { InteractionContext } from './interaction-context.ts';
import { claimInteraction, finishInteraction } from './interaction-result.ts';

type Method = NonNullable<AccessEvent['method']>;

/** One step of a login. At the plan's identity provider the event has who it was there, and what that said. */
interface LoginStep extends Omit<LoginAct, 'account'> {
  method: Method;
  /** the account, also when the login failed */
  account?: Account;
}

export async function recordLogin(
  context: InteractionContext,
  { account, ...happened }: LoginStep,
): Promise<void> {
  const event = loginEvent(eventContextOf({ ...context, account }), { account, ...happened });
  await context.services.outbox.record(event);
}

/**
 * If another login has the session of this browser, perhaps since this page was opened, that session ends, and this login gets one
 * of its own when the browser goes on. Whoever knows the cookie of the login before, as on a shared computer, must not have this
 * login by it, not even until then.
 */
async function endSessionOfAnother(
  { server: { provider }, interaction, request, reply }: InteractionContext,
  { sub }: Account,
): Promise<void> {
  const session = await provider.Session.get(provider.createContext(request.raw, reply.raw));
  if (session.accountId === undefined || session.accountId === sub) return;
  await session.destroy();
  // oidc-provider would look for the session in which the interaction was begun.
  delete interaction.session;
}

/** Reports a login with a break-glass account: by an event of its own, by an alert, and by a mail if the plan wants one. */
async function raiseAlarm(context: InteractionContext, account: Account, method: Method): Promise<void> {
  const { services, server, request, texts } = context;
  const { tenant, stores } = server;
  await recordLogin(context, { method, action: 'break-glass', account });
  services.alarms.breakGlass += 1;
  const facts = { alarm: 'break-glass', tenant: tenant.id, login: account.login, requestId: request.id };
  services.logger.error(facts, 'a break-glass login was used');
  const { alarms } = tenant.settings.mail ?? {};
  if (alarms === undefined) return;
  const asked = { requestId: request.id, address: clientAddress(request), language: texts.language };
  await stores.mails.requestAlarm(account.sub, alarms, asked);
}

/**
 * Continues the authorization request with this login. The access event is stored first.
 *
 * @param said.authTime absent: she has logged in now. oidc-provider would take the instant at which the request goes on last,
 *   after the person has read what the app asks for
 * @param said.login normalised, for logins with a password; the device gets its cookie
 */
export async function completeLogin(
  context: InteractionContext,
  account: Account,
  said: Authentication & { authTime?: number; method: Method; login?: string },
): Promise<void> {
  const how = { ...said, authTime: said.authTime ?? Math.floor(Date.now() / 1000) };
  await claimInteraction(context);
  await recordLogin(context, { method: how.method, action: 'login', account });
  if (account.breakGlass) await raiseAlarm(context, account, how.method);
  await context.server.stores.accounts.setLanguage(account.sub, context.texts.language);
  await endSessionOfAnother(context, account);
  if (how.login !== undefined) rememberDevice(context, how.login);
  const { acr, amr, authTime: ts } = how;
  const login = {
    accountId: account.sub,
    remember: false,
    loginsEnded: account.loginsEnded,
    acr,
    ...(amr.length > 0 && { amr }),
    ts,
  };
  return finishInteraction(context, { login });
}
