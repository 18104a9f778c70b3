/** The login with a password. Wrong attempts are throttled. */
import type { FastifyReply } from 'fastify';
import { normalizeLogin } from '../../domain/accounts/accounts.ts';
import { PasswordChecksBusy } from '../../domain/accounts/password.ts';
import type { ThrottledAttempt } from '../../domain/throttle/throttle.ts';
import { recordLogin } from './complete-login.ts';
import { askForProof } from './further-proof.ts';
import { type InteractionContext, isForConsole } from './interaction-context.ts';
import { passPassword, refuseThrottledLogin, rulesFor } from './password-steps.ts';
import { showPage } from './show-page.ts';

/** @returns undefined when more passwords arrive than can be checked; then the attempt does not count */
async function check(
  context: InteractionContext,
  attempt: ThrottledAttempt,
  login: string,
  password: string,
) {
  const { accounts, throttle } = context.server.stores;
  try {
    return await accounts.authenticate(login, password);
  } catch (error) {
    if (!(error instanceof PasswordChecksBusy)) throw error;
    await throttle.notMade(attempt);
    void context.reply.header('Retry-After', String(error.retryAfter));
    return undefined;
  }
}

/** Checks login and password. If one of them is wrong, the login page is shown again and does not say which. */
export async function logInWithPassword(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply | void> {
  const { settings } = context.server.tenant;
  const { throttle } = context.server.stores;
  const [login, password] = [normalizeLogin(fields.get('login') ?? ''), fields.get('password') ?? ''];
  const isEmergency = !settings.passwordLogin && isForConsole(context);
  if (!settings.passwordLogin && !isEmergency)
    return showPage(context, { status: 400, problem: context.texts.login.noPasswords });
  const attempt = await throttle.take(rulesFor(context, login));
  if ('waitSeconds' in attempt) return refuseThrottledLogin(context, attempt, { method: 'password' });
  const checked = await check(context, attempt, login, password);
  if (!checked) return showPage(context, { status: 503, problem: context.texts.error.busy });
  const { account } = checked;
  // Every other password is wrong here, takes the same time, and is told like a wrong one.
  const refusal = isEmergency ? undefined : checked.refusal;
  const ok = checked.ok && (!isEmergency || account?.breakGlass === true);
  if (attempt.needsProof) return askForProof(context, attempt, { login, ok, refusal, account });
  if (!ok || !account) {
    await recordLogin(context, {
      method: 'password',
      action: 'login',
      account,
      reason: refusal ?? 'wrong-password',
    });
    const { federation, login: words } = context.texts;
    return showPage(context, { status: 400, problem: refusal ? federation[refusal] : words.wrong });
  }
  await throttle.succeeded(attempt);
  return passPassword(context, account, login);
}
