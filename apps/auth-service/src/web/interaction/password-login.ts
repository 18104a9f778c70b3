/** The login with a password. Wrong attempts are throttled. */
import type { FastifyReply } from 'fastify';
import { type Account, normalizeLogin } from '../../domain/accounts/accounts.ts';
import { PasswordChecksBusy } from '../../domain/accounts/password.ts';
import { BY_PASSWORD } from '../../provider/authorization/login-policy.ts';
import { demandsSecondFactor } from '../../domain/second-factor/demand.ts';
import { deviceOf, passwordRules } from '../../domain/throttle/rules.ts';
import type { Attempt, Refusal } from '../../domain/throttle/throttle.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { completeLogin, deviceCookieName, recordLogin } from './complete-login.ts';
import { showPage } from './show-page.ts';
import { type FirstFactor, passFirstFactor, type InteractionContext } from './interaction-context.ts';

const MINUTE_SECONDS = 60;

function rulesFor({ services, server, request }: InteractionContext, login: string) {
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

async function check(context: InteractionContext, attempt: Attempt, login: string, password: string) {
  const { accounts, throttle } = context.server.stores;
  try {
    return await accounts.authenticate(login, password);
  } catch (error) {
    if (error instanceof PasswordChecksBusy) await throttle.notMade(attempt);
    throw error;
  }
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

/** Checks login and password. If one of them is wrong, the login page is shown again and does not say which. */
export async function logInWithPassword(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply | void> {
  const { settings } = context.server.tenant;
  const { throttle } = context.server.stores;
  const [login, password] = [normalizeLogin(fields.get('login') ?? ''), fields.get('password') ?? ''];
  if (!settings.passwordLogin)
    return showPage(context, { status: 400, problem: context.texts.login.noPasswords });
  const attempt = await throttle.take(rulesFor(context, login));
  if ('waitSeconds' in attempt) return refuseThrottledLogin(context, attempt, { method: 'password' });
  const { ok, account } = await check(context, attempt, login, password);
  if (!ok || !account) {
    await recordLogin(context, { method: 'password', action: 'login', account, reason: 'wrong-password' });
    return showPage(context, { status: 400, problem: context.texts.login.wrong });
  }
  await throttle.succeeded(attempt);
  const next = await nextStep(context, account);
  if (!next) return completeLogin(context, account, { ...BY_PASSWORD, method: 'password', login });
  await recordLogin(context, { method: 'password', action: 'first-factor', account });
  return passFirstFactor(context, { sub: account.sub, login, next });
}
