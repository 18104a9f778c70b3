/** The step after the password: the code of a second factor, or its set-up if the plan requires one. */
import type { FastifyReply } from 'fastify';
import type { Account } from '../../domain/accounts/accounts.ts';
import { loginEvent } from '../../domain/accounts/login-event.ts';
import { BY_SECOND_FACTOR } from '../../provider/authorization/login-policy.ts';
import { openEnrolment } from '../../domain/second-factor/enrolment.ts';
import { forgetEnrolment } from '../../domain/second-factor/kept-enrolment.ts';
import { codeRules } from '../../domain/throttle/rules.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { eventContextOf } from '../session/event-context.ts';
import { completeLogin, recordLogin } from './complete-login.ts';
import { refuseThrottledLogin } from './password-steps.ts';
import { enrolmentPlace, showPage } from './show-page.ts';
import { throwIfAnsweredMeanwhile } from './answered.ts';
import type { InteractionContext } from './interaction-context.ts';
import { requireFirstFactor } from './interaction-result.ts';

/** Checks a code of the authenticator app, or a recovery code. */
export async function enterCode(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply | void> {
  const { services, server, request } = context;
  const { throttle, secondFactors } = server.stores;
  const { account, login } = requireFirstFactor(context);
  const attempt = await throttle.take(codeRules(services.throttleKey, account.sub, clientAddress(request)));
  if ('waitSeconds' in attempt) return refuseThrottledLogin(context, attempt, { method: 'totp', account });
  const method = await secondFactors.use(account.sub, fields.get('code') ?? '');
  if (!method) {
    await throwIfAnsweredMeanwhile(context);
    await recordLogin(context, { method: 'totp', action: 'login', account, reason: 'wrong-code' });
    return showPage(context, { status: 400, problem: context.texts.code.wrong });
  }
  await throttle.succeeded(attempt);
  return completeLogin(context, account, { ...BY_SECOND_FACTOR, method, login });
}

/** As at the page about the login (web/security). The login itself has an event of its own. */
const setUpEvent = (context: InteractionContext, account: Account) =>
  loginEvent(eventContextOf({ ...context, account }), { action: 'second-factor-on', account });

/** Checks the first code of an authenticator app that was just set up. */
export async function enrolSecondFactor(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply | void> {
  const { services, server } = context;
  const { id } = server.tenant;
  const { account, login } = requireFirstFactor(context);
  const enrolment = openEnrolment(services.formKey, id, account.sub, fields.get('enrolment') ?? '');
  const { secondFactors } = server.stores;
  const eventOf = () => setUpEvent(context, account);
  const on =
    enrolment && (await secondFactors.turnOn(account.sub, enrolment, fields.get('code') ?? '', eventOf));
  if (!on) {
    await throwIfAnsweredMeanwhile(context);
    const { wrong, late } = context.texts.enrol;
    return showPage(context, { status: 400, problem: enrolment ? wrong : late, posted: fields });
  }
  await forgetEnrolment(enrolmentPlace(context));
  return completeLogin(context, account, { ...BY_SECOND_FACTOR, method: 'totp', login });
}
