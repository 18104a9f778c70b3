/** The login step at the plan's own identity provider: the way there, and back. */
import type { FastifyReply } from 'fastify';
import { errors } from 'oidc-provider';
import passport from 'passport';
import type { Account } from '../../domain/accounts/accounts.ts';
import { completeLogin, recordLogin } from '../interaction/complete-login.ts';
import { REFUSED, type Visit } from '../interaction/visit.ts';
import { digest } from '../../domain/keys/secrets.ts';
import { ACR } from '../../provider/authorization/login-policy.ts';
import { rememberOnce } from '../../domain/grants/records.ts';
import { interactionPath } from '../../domain/urls.ts';
import { FEDERATION, type FederationRequest } from './federation.strategy.ts';
import { type FederatedIdentity, LoginRefused } from '../../domain/federation/identity.ts';
import type { IdentityProvider } from '../../egress/identity-provider.ts';
import { linkIdentity } from '../../domain/federation/link-identity.ts';
import type { PendingLogin } from '../../egress/plan-login.ts';

/** Set in the interaction while the member is at the identity provider. */
const UNDERWAY = 'underway';
/** Reasons of the engine for which an earlier login is not enough, neither here nor at the identity provider. */
const FRESH_REASONS = ['login_prompt', 'max_age', 'id_token_hint'];
/** As long as an interaction, whose state it is. */
const STATE_SECONDS = 900;
/** `code` of errors of the system and of undici */
const NETWORK_ERROR = /^(E[A-Z]+|UND_ERR_\w+)$/;
const CLOCK_TOLERANCE_SECONDS = 30;

type Outcome = { redirect: string } | FederatedIdentity;

const needsFreshLogin = ({ interaction }: Visit): boolean =>
  interaction.prompt.reasons.some((reason) => FRESH_REASONS.includes(reason));

/** @throws LoginRefused, or whatever else went wrong */
function authenticate(request: FederationRequest): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const headers = new Map<string, string>();
    const response = {
      setHeader: (name: string, value: string) => headers.set(name, value),
      end: () => resolve({ redirect: headers.get('Location') ?? '' }),
    };
    const done = (error: unknown, identity?: FederatedIdentity) =>
      identity ? resolve(identity) : reject(error);
    (passport.authenticate(FEDERATION, done) as (...of: unknown[]) => void)(request, response, reject);
  });
}

/** Of any number of returns with one state one is looked at. */
async function useState({ services, server }: Visit, state: string): Promise<void> {
  const id = `federation/${digest(state)}`;
  if (!(await rememberOnce(services.pool, server.tenant.id, id, STATE_SECONDS)))
    throw new LoginRefused('not-believed');
}

async function ask(visit: Visit, identityProvider: IdentityProvider): Promise<Outcome> {
  const { request, interaction } = visit;
  const { login_hint: hint } = interaction.params;
  const { searchParams: search } = new URL(request.url, 'http://this.invalid');
  if (search.has('state')) await useState(visit, search.get('state') ?? '');
  const asked: FederationRequest = {
    ...{ identityProvider, search, uid: interaction.uid },
    underway: interaction.result?.[UNDERWAY] as PendingLogin | undefined,
    loginHint: typeof hint === 'string' ? hint : undefined,
    fresh: needsFreshLogin(visit),
  };
  const outcome = await authenticate(asked);
  if ('redirect' in outcome) {
    interaction.result = { [UNDERWAY]: asked.underway };
    await interaction.persist();
  }
  return outcome;
}

/** Security case O26: a session of the identity provider's own does not do where a fresh login is asked for. */
function checkFresh(visit: Visit, { authTime }: FederatedIdentity): void {
  const { iat = 0 } = visit.interaction;
  if (needsFreshLogin(visit) && (authTime ?? 0) < iat - CLOCK_TOLERANCE_SECONDS)
    throw new LoginRefused('not-fresh');
}

async function accountOf(visit: Visit, identity: FederatedIdentity): Promise<Account> {
  checkFresh(visit, identity);
  const { tenant, stores } = visit.server;
  const sub = await linkIdentity(visit.services.pool, tenant.id, identity);
  const account = await stores.accounts.find(sub);
  if (!account) throw new Error('an account is gone that was just linked');
  return account;
}

/** Whether a request to the identity provider got no answer. */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, cause, code } = error as Error & { code?: unknown };
  return name === 'TimeoutError' || NETWORK_ERROR.test(String(code)) || isUnanswered(cause);
}

/** What openid-client throws: the identity provider did not answer, or not with what can be believed. */
function refusalOf(error: unknown): LoginRefused {
  if (error instanceof LoginRefused) return error;
  return new LoginRefused(isUnanswered(error) ? 'unavailable' : 'not-believed', error);
}

/** Nothing is half logged in: back to the login page, which says why. */
async function refuse(visit: Visit, error: unknown): Promise<FastifyReply> {
  const { reason, cause } = refusalOf(error);
  const { services, server, request, reply, interaction } = visit;
  if (cause !== undefined) {
    services.logger.warn({ err: cause, requestId: request.id }, 'a login at an identity provider failed');
  }
  await recordLogin(visit, { method: 'federation', action: 'login', reason });
  interaction.result = { [REFUSED]: reason };
  await interaction.persist();
  return reply.redirect(interactionPath(server.tenant.id, interaction.uid), 303);
}

/** Sends the member to the plan's identity provider, or takes what they come back with. */
export async function logInAtPlan(visit: Visit): Promise<FastifyReply | void> {
  const { identityProvider } = visit.server;
  if (!identityProvider || visit.step !== 'login') throw new errors.SessionNotFound('not at the login step');
  let outcome: Outcome;
  let account: Account;
  try {
    outcome = await ask(visit, identityProvider);
    if ('redirect' in outcome) return visit.reply.redirect(outcome.redirect, 303);
    account = await accountOf(visit, outcome);
  } catch (error) {
    return refuse(visit, error);
  }
  const { amr, authTime } = outcome;
  return completeLogin(visit, account, { method: 'federation', acr: ACR.plan, amr, authTime });
}
