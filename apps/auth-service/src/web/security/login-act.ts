/** What the pages about a login share: which parts there are, and the events of what is done there. */
import type { AccessEvent } from '@patient-access/events';
import { loginEvent } from '../../domain/accounts/login-event.ts';
import { codeRules } from '../../domain/throttle/rules.ts';
import type { ThrottledAttempt } from '../../domain/throttle/throttle.ts';
import { ACR } from '../../provider/authorization/login-policy.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { askToWait } from '../pages/ask-to-wait.ts';
import { eventContextOf } from '../session/event-context.ts';
import type { SessionContext } from '../session/session-context.ts';

/** Could she log in here? A password may have stayed from before the plan had a provider (`keepPasswordLogins`). */
const canLogInHere = ({ server, account }: SessionContext): boolean =>
  account.hasPassword && (server.tenant.settings.passwordLogin || account.breakGlass === true);

/** Who logs in at the plan's own site has password and codes there. A second factor there has the class of one here. */
export const isAtPlan = (context: SessionContext): boolean =>
  context.session.acr === ACR.plan || !canLogInHere(context);

export const hasPassword = (context: SessionContext): boolean =>
  !isAtPlan(context) && context.server.tenant.settings.passwordLogin;

export const offersSecondStep = (context: SessionContext): boolean =>
  !isAtPlan(context) && context.server.tenant.settings.secondFactor !== 'off';

/** @param happened.reason why it was refused; left out when it was done */
export function loginActEvent(
  context: SessionContext,
  happened: { action: string; reason?: string },
): AccessEvent {
  return loginEvent(eventContextOf(context), { account: context.account, ...happened });
}

/** Records a refusal. What is done has its event in the transaction of the act. */
export async function recordRefusedLoginAct(
  context: SessionContext,
  happened: { action: string; reason: string },
): Promise<void> {
  await context.services.outbox.record(loginActEvent(context, happened));
}

/**
 * Counts one attempt with a code or the present password: whoever tries has the session already.
 *
 * @returns the attempt, or what to tell somebody who has to wait
 */
export async function takeAttempt(context: SessionContext): Promise<ThrottledAttempt | { problem: string }> {
  const { services, server, account, request, reply, texts } = context;
  const rules = codeRules(services.throttleKey, account.sub, clientAddress(request));
  const attempt = await server.stores.throttle.take(rules);
  if (!('waitSeconds' in attempt)) return attempt;
  return { problem: askToWait(reply, attempt, texts) };
}
