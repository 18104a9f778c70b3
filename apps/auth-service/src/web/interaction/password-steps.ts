/** The parts of a login with a password that its steps share. */
import type { FastifyReply } from 'fastify';
import type { Account } from '../../domain/accounts/accounts.ts';
import { demandsSecondFactor } from '../../domain/second-factor/demand.ts';
import { deviceOf, passwordRules } from '../../domain/throttle/rules.ts';
import type { Refusal } from '../../domain/throttle/throttle.ts';
import { BY_PASSWORD } from '../../provider/authorization/login-policy.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { completeLogin, deviceCookieName, recordLogin } from './complete-login.ts';
import { type FirstFactor, type InteractionContext, passFirstFactor } from './interaction-context.ts';
import { showPage } from './show-page.ts';

const MINUTE_SECONDS = 60;

/** The rules that count for this login on this device. */
export function rulesFor({ services, server, request }: InteractionContext, login: string) {
  const { tenant } = server;
  const name = deviceCookieName(tenant);
  const cookies = (request.headers.cookie ?? '').split(/; */);
  const cookie = cookies.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  const device = deviceOf(services.throttleKey, tenant.id, login, cookie);
  return passwordRules(services.throttleKey, { login, address: clientAddress(request), device });
}

/** A login that does not exist gets the same response. One event is recorded for each wait. */
export async function refuseThrottledLogin(
  context: InteractionContext,
  { waitSeconds, first }: Refusal,
  tried: { method: 'password' | 'totp'; account?: Account },
): Promise<FastifyReply> {
  if (first) await recordLogin(context, { ...tried, action: 'login', reason: 'too-many-attempts' });
  void context.reply.header('Retry-After', String(waitSeconds));
  const problem = context.texts.login.tooMany(Math.ceil(waitSeconds / MINUTE_SECONDS));
  return showPage(context, { status: 429, problem });
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
