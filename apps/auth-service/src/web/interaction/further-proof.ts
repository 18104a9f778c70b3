/**
 * One more step of a login on a new device, when too many passwords were wrong from its address or at its plan (ADR 55).
 * It looks the same whether the password was right or not, so that guessing there tells nothing: only the code does.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { Account } from '../../domain/accounts/accounts.ts';
import { bareRules, codeRules } from '../../domain/throttle/rules.ts';
import type { ThrottledAttempt } from '../../domain/throttle/throttle.ts';
import { BY_PASSWORD, BY_SECOND_FACTOR } from '../../provider/authorization/login-policy.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { throwIfAnsweredMeanwhile } from './answered.ts';
import { completeLogin, recordLogin } from './complete-login.ts';
import type { FirstFactor, InteractionContext } from './interaction-context.ts';
import { passFirstFactor } from './interaction-result.ts';
import { passPassword, recordRefusal, recordWait, rulesFor, showWait } from './password-steps.ts';
import { showPage } from './show-page.ts';

/** Longer than any of what is looked up and stored for one login and not for another. */
const SAME_TIME_MS = 100;

async function inSameTime<Result>(work: Promise<Result>): Promise<Result> {
  const [result] = await Promise.all([work, delay(SAME_TIME_MS)]);
  return result;
}

interface Tried {
  /** was the password right, and lets it somebody in? */
  ok: boolean;
  /** why it lets nobody in although it is right, for the trail alone */
  refusal?: string;
  account?: Account;
}

/** Has the login a second factor, or an address to which a code can be sent? */
async function hasProof({ server }: InteractionContext, { sub }: Account): Promise<boolean> {
  const { stores, tenant } = server;
  if (await stores.secondFactors.find(sub)) return true;
  return tenant.settings.mail !== undefined && (await stores.mails.hasAddress(sub));
}

/** Sends a code to the address of a login that has no second factor. A mail never takes the place of one. */
async function sendCode(
  { server, request, interaction, texts }: InteractionContext,
  { sub }: Account,
): Promise<void> {
  if (await server.stores.secondFactors.find(sub)) return;
  const { id: requestId } = request;
  const from = { requestId, address: clientAddress(request), language: texts.language };
  await server.stores.mails.requestLoginCode(sub, interaction.uid, from);
}

/**
 * A login that can prove nothing more is judged as long as few such logins were wrong; after that, once in a while.
 *
 * @returns whether the password was right and may count
 */
async function passBare(context: InteractionContext, { ok }: Tried): Promise<boolean> {
  const { services, server, request } = context;
  const { throttle } = server.stores;
  const attempt = await throttle.take(bareRules(services.throttleKey, clientAddress(request)));
  if ('waitSeconds' in attempt || !ok) return false;
  await throttle.succeeded(attempt);
  return true;
}

/** @returns whose code is right on the page that follows, if anybody's; `in` for a login that needs no page */
async function judge(
  context: InteractionContext,
  attempt: ThrottledAttempt,
  tried: Tried,
): Promise<'in' | Pick<FirstFactor, 'sub' | 'loginsEnded'>> {
  const { ok, refusal, account } = tried;
  const proves = account !== undefined && (await hasProof(context, account));
  if (account && !proves && (await passBare(context, tried))) {
    await context.server.stores.throttle.succeeded(attempt);
    return 'in';
  }
  if (ok && account && proves) {
    await recordLogin(context, { method: 'password', action: 'first-factor', account });
    await sendCode(context, account);
    return { sub: account.sub, loginsEnded: account.loginsEnded };
  }
  const reason = ok ? 'too-many-attempts' : (refusal ?? 'wrong-password');
  await recordRefusal(context, { method: 'password', account, reason });
  return {};
}

/** Shows the step. @param tried what came of the password, which neither the page nor the time that it takes says */
export async function askForProof(
  context: InteractionContext,
  attempt: ThrottledAttempt,
  /** with the login, normalised */
  tried: Tried & { login: string },
): Promise<FastifyReply | void> {
  const { login, account } = tried;
  const judged = await inSameTime(judge(context, attempt, tried));
  if (judged === 'in' && account) return passPassword(context, account, login);
  return passFirstFactor(context, { login, next: 'proof', ...(judged !== 'in' && judged) });
}

/** @returns how the code was proved; undefined for a wrong one */
async function useCode({ server, interaction }: InteractionContext, { sub }: Account, code: string) {
  const { secondFactors, mails } = server.stores;
  if (await secondFactors.find(sub)) {
    const method = await secondFactors.use(sub, code);
    return method && { ...BY_SECOND_FACTOR, method };
  }
  const isRight = await mails.useCode('login-code', sub, interaction.uid, code);
  return isRight ? { ...BY_PASSWORD, method: 'password' as const } : undefined;
}

/** {@link useCode}, where the password was right. A wrong code is recorded. */
async function judgeCode(context: InteractionContext, account: Account | undefined, code: string) {
  const how = account && (await useCode(context, account, code));
  if (how) return { account, how };
  await throwIfAnsweredMeanwhile(context);
  await recordRefusal(context, { method: 'password', account, reason: 'wrong-code' });
  return undefined;
}

/** Checks the code of this step. Where the password was wrong, none is right. */
export async function enterProof(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply | void> {
  const { services, server, request, firstFactor } = context;
  const { throttle } = server.stores;
  const { account, login = '' } = firstFactor ?? {};
  const rules = codeRules(services.throttleKey, `proof/${login}`, clientAddress(request));
  const attempt = await throttle.take(rules);
  if ('waitSeconds' in attempt) {
    await inSameTime(recordWait(context, attempt, { method: 'password', account }));
    return showWait(context, attempt);
  }
  const proved = await inSameTime(judgeCode(context, account, fields.get('code') ?? ''));
  if (!proved) return showPage(context, { status: 400, problem: context.texts.proof.wrong });
  await throttle.succeeded(attempt);
  // Only now: a count that a right password reset would tell a guesser that it was right.
  await throttle.succeeded({ rules: rulesFor(context, login), until: new Map() });
  const { how } = proved;
  if (how.acr === BY_SECOND_FACTOR.acr) return completeLogin(context, proved.account, { ...how, login });
  return passPassword(context, proved.account, login);
}
