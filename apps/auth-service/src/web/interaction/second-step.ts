/** The code of a second factor, or its first set-up where the plan demands one: after the password, before anything else. */
import type { FastifyReply } from 'fastify';
import { BY_SECOND_FACTOR } from '../../provider/authorization/login-policy.ts';
import { openEnrolment } from '../../domain/second-factor/enrolment.ts';
import { codeRules } from '../../domain/throttle/rules.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { completeLogin, recordLogin } from './complete-login.ts';
import { refuseForNow } from './log-in.ts';
import { showPage } from './pages.ts';
import { passedOf, type Visit } from './visit.ts';

/** Takes a code of the authenticator app or a recovery code. */
export async function enterCode(visit: Visit, fields: URLSearchParams): Promise<FastifyReply | void> {
  const { services, server, request } = visit;
  const { throttle, secondFactors } = server.stores;
  const { account, login } = passedOf(visit);
  const attempt = await throttle.take(codeRules(services.throttleKey, account.sub, clientAddress(request)));
  if ('waitSeconds' in attempt) return refuseForNow(visit, attempt, { method: 'totp', account });
  const method = await secondFactors.use(account.sub, fields.get('code') ?? '');
  if (!method) {
    await recordLogin(visit, { method: 'totp', action: 'login', account, reason: 'wrong-code' });
    return showPage(visit, { status: 400, problem: visit.texts.code.wrong });
  }
  await throttle.succeeded(attempt);
  return completeLogin(visit, account, { ...BY_SECOND_FACTOR, method, login });
}

/** Takes the first code of an authenticator app that was just set up. */
export async function enrol(visit: Visit, fields: URLSearchParams): Promise<FastifyReply | void> {
  const { services, server } = visit;
  const { id } = server.tenant;
  const { account, login } = passedOf(visit);
  const enrolment = openEnrolment(services.formKey, id, account.sub, fields.get('enrolment') ?? '');
  const on =
    enrolment && (await server.stores.secondFactors.turnOn(account.sub, enrolment, fields.get('code') ?? ''));
  if (!on) return showPage(visit, { status: 400, problem: visit.texts.enrol.wrong, posted: fields });
  return completeLogin(visit, account, { ...BY_SECOND_FACTOR, method: 'totp', login });
}
