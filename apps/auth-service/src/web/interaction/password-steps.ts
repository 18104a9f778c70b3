/** The parts of a login with a password that its steps share. */
import type { FastifyReply } from 'fastify';
import { noteReason } from '@patient-access/platform';
import type { Account } from '../../domain/accounts/accounts.ts';
import { demandsSecondFactor } from '../../domain/second-factor/demand.ts';
import { networkOf, passwordRules } from '../../domain/throttle/rules.ts';
import type { Refusal } from '../../domain/throttle/throttle.ts';
import { BY_PASSWORD } from '../../provider/authorization/login-policy.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { askToWait } from '../pages/ask-to-wait.ts';
import { completeLogin, recordLogin } from './complete-login.ts';
import { knownDevice } from './device-cookie.ts';
import type { FirstFactor, InteractionContext } from './interaction-context.ts';
import { passFirstFactor } from './interaction-result.ts';
import { showPage } from './show-page.ts';

/** The rules that count for this login on this device. */
export function rulesFor(context: InteractionContext, login: string) {
  const { services, request } = context;
  const device = knownDevice(context, login);
  return passwordRules(services.throttleKey, { login, address: clientAddress(request), device });
}

interface Tried {
  method: 'password' | 'totp';
  /** whose login it is, if anybody's */
  account?: Account;
}

/**
 * Records that a password or a code was refused. Each wrong password for somebody's login has an event of its own: the
 * waits of this login limit how many there are. Nothing limits how many names are tried that nobody has. So of one network a
 * few of these in a minute have an event each, and the edge counts the others by their reason (case A16). Two more are limited
 * so, also at somebody's login, because they are recorded without it: waits on the login page, which nobody is looked up for,
 * and codes where the password before them was wrong.
 */
export async function recordRefusal(
  context: InteractionContext,
  refused: Tried & { reason: string },
): Promise<void> {
  const { server, request } = context;
  noteReason(request, refused.reason);
  if (refused.account || server.ownRefusals.mayHaveOwn(undefined, networkOf(clientAddress(request))))
    await recordLogin(context, { action: 'login', ...refused });
}

/** One event is recorded for each wait. */
export async function recordWait(
  context: InteractionContext,
  { first }: Refusal,
  tried: Tried,
): Promise<void> {
  if (first) await recordRefusal(context, { ...tried, reason: 'too-many-attempts' });
}

/** A login that does not exist gets the same response. */
export const showWait = (context: InteractionContext, refusal: Refusal): Promise<FastifyReply> =>
  showPage(context, { status: 429, problem: askToWait(context.reply, refusal, context.texts) });

/** {@link recordWait}, {@link showWait} */
export async function refuseThrottledLogin(
  context: InteractionContext,
  refusal: Refusal,
  tried: Tried,
): Promise<FastifyReply> {
  await recordWait(context, refusal, tried);
  return showWait(context, refusal);
}

/** @returns the step of a second factor that this login needs, if any */
async function nextStep(
  { server }: InteractionContext,
  account: Account,
): Promise<FirstFactor['next'] | undefined> {
  const { tenant, stores } = server;
  const demanded = demandsSecondFactor(tenant, account);
  if (tenant.settings.secondFactor === 'off' && !demanded) return undefined;
  if (await stores.secondFactors.find(account.sub)) return 'code';
  return demanded ? 'enrol' : undefined;
}

/** Goes on with a login whose password was right: to the second factor if it needs one, and else to the end of the login. */
export async function passPassword(
  context: InteractionContext,
  account: Account,
  login: string,
): Promise<FastifyReply | void> {
  const next = await nextStep(context, account);
  if (!next) return completeLogin(context, account, { ...BY_PASSWORD, method: 'password', login });
  await recordLogin(context, { method: 'password', action: 'first-factor', account });
  return passFirstFactor(context, { sub: account.sub, loginsEnded: account.loginsEnded, login, next });
}
