/** Login and password, throttled. */
import type { FastifyReply } from 'fastify';
import { type Account, normalizeLogin } from '../../domain/accounts/accounts.ts';
import { PasswordChecksBusy } from '../../domain/accounts/password.ts';
import { BY_PASSWORD } from '../../provider/authorization/login-policy.ts';
import { deviceOf, passwordRules } from '../../domain/throttle/rules.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { Attempt, Refusal } from '../../domain/throttle/throttle.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { completeLogin, deviceCookieName, recordLogin } from './complete-login.ts';
import { showPage } from './pages.ts';
import { type Passed, passFirstFactor, type Visit } from './visit.ts';

const MINUTE_SECONDS = 60;

function rulesFor({ services, server, request }: Visit, login: string) {
  const { tenant } = server;
  const name = deviceCookieName(tenant);
  const cookies = (request.headers.cookie ?? '').split(/; */);
  const cookie = cookies.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  const device = deviceOf(services.throttleKey, tenant.id, login, cookie);
  return passwordRules(services.throttleKey, { login, address: clientAddress(request), device });
}

/** The same answer for logins that exist and those that do not; of one wait the trail tells once. */
export async function refuseForNow(
  visit: Visit,
  { waitSeconds, first }: Refusal,
  tried: { method: 'password' | 'totp'; account?: Account },
): Promise<FastifyReply> {
  if (first) await recordLogin(visit, { ...tried, action: 'login', reason: 'too-many-attempts' });
  void visit.reply.header('Retry-After', String(waitSeconds));
  const problem = visit.texts.login.tooMany(Math.ceil(waitSeconds / MINUTE_SECONDS));
  return showPage(visit, { status: 429, problem });
}

async function check(visit: Visit, attempt: Attempt, login: string, password: string) {
  const { accounts, throttle } = visit.server.stores;
  try {
    return await accounts.authenticate(login, password);
  } catch (error) {
    if (error instanceof PasswordChecksBusy) await throttle.notMade(attempt);
    throw error;
  }
}

/** Whoever can look at the trail of everybody has to have one, whatever the plan demands of its members. */
const demandsSecondFactor = ({ kind, settings }: Tenant, { role }: Account): boolean =>
  settings.secondFactor === 'required' || (role === 'auditor' && kind === 'production');

/** @returns which step of a second factor this login has to take, if any */
async function nextStep({ server }: Visit, account: Account): Promise<Passed['next'] | undefined> {
  const { tenant, stores } = server;
  const demanded = demandsSecondFactor(tenant, account);
  if (tenant.settings.secondFactor === 'off' && !demanded) return undefined;
  if (await stores.secondFactors.find(account.sub)) return 'code';
  return demanded ? 'enrol' : undefined;
}

/** Checks login and password; wrong ones get the login page again, whichever of the two was wrong. */
export async function logIn(visit: Visit, fields: URLSearchParams): Promise<FastifyReply | void> {
  const { settings } = visit.server.tenant;
  const { throttle } = visit.server.stores;
  const [login, password] = [normalizeLogin(fields.get('login') ?? ''), fields.get('password') ?? ''];
  if (!settings.passwordLogin)
    return showPage(visit, { status: 400, problem: visit.texts.login.noPasswords });
  const attempt = await throttle.take(rulesFor(visit, login));
  if ('waitSeconds' in attempt) return refuseForNow(visit, attempt, { method: 'password' });
  const { ok, account } = await check(visit, attempt, login, password);
  if (!ok || !account) {
    await recordLogin(visit, { method: 'password', action: 'login', account, reason: 'wrong-password' });
    return showPage(visit, { status: 400, problem: visit.texts.login.wrong });
  }
  await throttle.succeeded(attempt);
  const next = await nextStep(visit, account);
  if (!next) return completeLogin(visit, account, { ...BY_PASSWORD, method: 'password', login });
  await recordLogin(visit, { method: 'password', action: 'first-factor', account });
  return passFirstFactor(visit, { sub: account.sub, login, next });
}
