/** The login at the plan's own identity provider, as a step of an interaction. */
import type { FastifyReply } from 'fastify';
import { errors } from 'oidc-provider';
import { AuthorizationResponseError } from 'openid-client';
import type { Account } from '../../domain/accounts/accounts.ts';
import { completeLogin, recordLogin } from './complete-login.ts';
import { PLAN_LOGIN_REFUSAL, type InteractionContext } from './interaction-context.ts';
import { digest } from '../../domain/keys/secrets.ts';
import { ACR } from '../../provider/authorization/login-policy.ts';
import { rememberOnce } from '../../domain/grants/records.ts';
import { interactionPath } from '../../domain/urls.ts';
import { type FederatedIdentity, identityOf, LoginRefused } from '../../domain/federation/identity.ts';
import type { IdentityProvider } from '../../egress/identity-provider.ts';
import { linkIdentity } from '../../domain/federation/link-identity.ts';
import {
  CLOCK_TOLERANCE_SECONDS,
  type FinishedLogin,
  type PendingLogin,
  type PlanLogin,
} from '../../egress/plan-login.ts';

/** The field in the interaction's result while the member is at the identity provider. */
const PENDING_LOGIN = 'pendingLogin';
/** For these reasons of oidc-provider the member has to log in again, here and at the identity provider. */
const FRESH_REASONS = ['login_prompt', 'max_age', 'id_token_hint'];
/** The lifetime of an interaction. */
const STATE_SECONDS = 900;
/** `code` of errors of the operating system and of undici */
const NETWORK_ERROR = /^(E[A-Z]+|UND_ERR_\w+)$/;

const needsFreshLogin = ({ interaction }: InteractionContext): boolean =>
  interaction.prompt.reasons.some((reason) => FRESH_REASONS.includes(reason));

/** The browser may return any number of times with the same state. Only the first return counts. */
async function useState({ services, server }: InteractionContext, state: string): Promise<void> {
  const id = `federation/${digest(state)}`;
  if (!(await rememberOnce(services.pool, server.tenant.id, id, STATE_SECONDS)))
    throw new LoginRefused('not-believed');
}

/** Begins a login at the identity provider. @returns the address to which to send the browser */
async function startLogin(context: InteractionContext, login: PlanLogin): Promise<{ redirect: string }> {
  const { interaction } = context;
  const { login_hint: hint } = interaction.params;
  const { url, underway } = await login.start({
    uid: interaction.uid,
    loginHint: typeof hint === 'string' ? hint : undefined,
    fresh: needsFreshLogin(context),
    language: context.texts.locale,
  });
  interaction.result = { [PENDING_LOGIN]: underway };
  await interaction.persist();
  return { redirect: url };
}

/** @throws LoginRefused, or an error of openid-client */
async function finishLogin(
  { interaction }: InteractionContext,
  login: PlanLogin,
  search: URLSearchParams,
): Promise<FinishedLogin> {
  const underway = interaction.result?.[PENDING_LOGIN] as PendingLogin | undefined;
  if (!underway) throw new LoginRefused('not-believed');
  try {
    return await login.finish(search, underway);
  } catch (error) {
    const cancelled = error instanceof AuthorizationResponseError && error.error === 'access_denied';
    throw cancelled ? new LoginRefused('cancelled') : error;
  }
}

/** Begins the login, or finishes it when the browser has come back. */
async function startOrFinish(
  context: InteractionContext,
  identityProvider: IdentityProvider,
): Promise<{ redirect: string } | FederatedIdentity> {
  const { searchParams: search } = new URL(context.request.url, 'http://this.invalid');
  if (search.has('state')) await useState(context, search.get('state') ?? '');
  const login = await identityProvider.login().catch((error: unknown) => {
    throw new LoginRefused('unavailable', error);
  });
  if (!search.has('code') && !search.has('error')) return startLogin(context, login);
  const { claims } = await finishLogin(context, login, search);
  return identityOf(identityProvider.settings, claims);
}

/** Where a fresh login is required, an earlier login at the identity provider is not enough (security case O26). */
function checkFresh(context: InteractionContext, { authTime }: FederatedIdentity): void {
  const { iat = 0 } = context.interaction;
  if (needsFreshLogin(context) && (authTime ?? 0) < iat - CLOCK_TOLERANCE_SECONDS)
    throw new LoginRefused('not-fresh');
}

async function accountOf(context: InteractionContext, identity: FederatedIdentity): Promise<Account> {
  checkFresh(context, identity);
  const { tenant, stores } = context.server;
  const sub = await linkIdentity(context.services.pool, tenant.id, identity);
  const account = await stores.accounts.find(sub);
  if (!account) throw new Error('an account is gone that was just linked');
  return account;
}

/** @returns whether a request to the identity provider got no response */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, cause, code } = error as Error & { code?: unknown };
  return name === 'TimeoutError' || NETWORK_ERROR.test(String(code)) || isUnanswered(cause);
}

/** Errors of openid-client mean that the identity provider did not respond, or that its response is invalid. */
function refusalOf(error: unknown): LoginRefused {
  if (error instanceof LoginRefused) return error;
  return new LoginRefused(isUnanswered(error) ? 'unavailable' : 'not-believed', error);
}

/** Sends the browser back to the login page, which says why. Nobody is logged in. */
async function refuse(context: InteractionContext, error: unknown): Promise<FastifyReply> {
  const { reason, cause } = refusalOf(error);
  const { services, server, request, reply, interaction } = context;
  if (cause !== undefined) {
    services.logger.warn({ err: cause, requestId: request.id }, 'a login at an identity provider failed');
  }
  await recordLogin(context, { method: 'federation', action: 'login', reason });
  interaction.result = { [PLAN_LOGIN_REFUSAL]: reason };
  await interaction.persist();
  return reply.redirect(interactionPath(server.tenant.id, interaction.uid), 303);
}

/** Sends the member to the plan's identity provider, or logs in the member who has come back from there. */
export async function logInAtPlan(context: InteractionContext): Promise<FastifyReply | void> {
  const { identityProvider } = context.server;
  if (!identityProvider || context.step !== 'login')
    throw new errors.SessionNotFound('not at the login step');
  let outcome: { redirect: string } | FederatedIdentity;
  let account: Account;
  try {
    outcome = await startOrFinish(context, identityProvider);
    if ('redirect' in outcome) return context.reply.redirect(outcome.redirect, 303);
    account = await accountOf(context, outcome);
  } catch (error) {
    return refuse(context, error);
  }
  const { amr, authTime } = outcome;
  // A provider whose clock is ahead of ours has not logged anybody in tomorrow.
  const capped = authTime === undefined ? undefined : Math.min(authTime, Math.floor(Date.now() / 1000));
  return completeLogin(context, account, { method: 'federation', acr: ACR.plan, amr, authTime: capped });
}
