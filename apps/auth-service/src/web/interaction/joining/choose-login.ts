/** The page on which somebody who has proved who she is chooses user name and password. Then her request goes on. */
import type { FastifyReply } from 'fastify';
import { normalizeLogin } from '../../../domain/accounts/accounts.ts';
import { hashPassword } from '../../../domain/accounts/password.ts';
import { passwordProblem } from '../../../domain/accounts/password-rules.ts';
import { normalizePassword } from '../../../domain/accounts/password-text.ts';
import { joiningKey } from '../../../domain/joining/joined.ts';
import { newLoginRules } from '../../../domain/joining/join-rules.ts';
import { makeAccount } from '../../../domain/joining/make-account.ts';
import { unlessBusy } from '../../../domain/throttle/unless-busy.ts';
import { eventContextOf } from '../../session/event-context.ts';
import { throwIfAnsweredMeanwhile } from '../answered.ts';
import type { InteractionContext } from '../interaction-context.ts';
import { passPassword } from '../password-steps.ts';
import { showPage } from '../show-page.ts';
import { recordJoinRefusal } from './join-event.ts';
import { ownerOf, requireProved } from './proved.ts';

const MIN_LOGIN_CHARACTERS = 3;

/** @returns what is wrong with what was typed */
function problemOf(context: InteractionContext, login: string, fields: URLSearchParams): string | undefined {
  const { texts } = context;
  if ([...login].length < MIN_LOGIN_CHARACTERS) return texts.joining.shortLogin;
  const password = fields.get('password') ?? '';
  if (normalizePassword(password) !== normalizePassword(fields.get('repeat') ?? ''))
    return texts.password.different;
  const owner = ownerOf(context, requireProved(context), login);
  const problem = passwordProblem(password, owner);
  return problem && texts.password.problems[problem](owner.minCharacters);
}

export async function chooseLogin(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply | void> {
  const { claimed, proofing } = requireProved(context);
  const { services, server, interaction, texts } = context;
  const login = normalizeLogin(fields.get('login') ?? '');
  const problem = problemOf(context, login, fields);
  if (problem !== undefined) return showPage(context, { status: 400, problem, posted: fields });
  const { throttle } = server.stores;
  const attempt = await throttle.take(newLoginRules(services.throttleKey, interaction.uid));
  if ('waitSeconds' in attempt) {
    if (attempt.first) await recordJoinRefusal(context, { reason: 'too-many-attempts' });
    return showPage(context, { status: 429, problem: texts.joining.tooManyLogins });
  }
  const password = fields.get('password') ?? '';
  const passwordHash = await unlessBusy(throttle, attempt, () => hashPassword(password));
  const keys = joiningKey(services.config.KEY_ENCRYPTION_KEY);
  const made = await makeAccount(services.pool, keys, eventContextOf(context), {
    claimed,
    proofing,
    login,
    passwordHash,
    language: texts.language,
  });
  if ('refusal' in made) {
    await throwIfAnsweredMeanwhile(context);
    const { refusal: reason } = made;
    if (reason !== 'login-taken') await recordJoinRefusal(context, { reason });
    const said = reason === 'login-taken' ? texts.joining.loginTaken : texts.joining.notMade;
    return showPage(context, { status: 400, problem: said, posted: fields });
  }
  const account = await server.stores.accounts.find(made.sub);
  if (!account) throw new Error('the account that was just made is gone');
  // What has ended since it was made ends this login too.
  return passPassword(context, { ...account, loginsEnded: 0 }, login);
}
