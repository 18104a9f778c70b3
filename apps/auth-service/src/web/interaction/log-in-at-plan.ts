/** The login at the plan's own identity provider, as a step of an interaction. */
import { noteReason } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { errors } from 'oidc-provider';
import type { JsonObject } from 'openid-client';
import type { Account } from '../../domain/accounts/accounts.ts';
import { completeLogin, recordLogin } from './complete-login.ts';
import {
  isForConsole,
  PLAN_LOGIN_REFUSAL,
  refusalIn,
  type InteractionContext,
} from './interaction-context.ts';
import { keepInteraction, pagePath } from './interaction-result.ts';
import { parametersToRepeat, pushesEachRequest } from './other-login.ts';
import { AnsweredAlready } from './own-browser.ts';
import {
  answerInTime,
  finishLogin,
  PENDING_LOGIN,
  pendingIn,
  RETURNED,
  RETURNED_BEFORE,
  ReturnedBefore,
  type ReturnFacts,
} from './plan-return.ts';
import { ACR } from '../../provider/authorization/login-policy.ts';
import { CHOICE_PARAMETER } from '../../domain/urls.ts';
import { acrValuesFor } from '../../domain/federation/claims.ts';
import { demandsSecondFactor } from '../../domain/second-factor/demand.ts';
import { linkAuditor } from '../../domain/federation/link-auditor.ts';
import {
  type AuditorIdentity,
  auditorOf,
  type FederatedIdentity,
  identityOf,
  knownOf,
  LoginRefused,
} from '../../domain/federation/identity.ts';
import { networkOf } from '../../domain/throttle/rules.ts';
import type { IdentityProvider } from '../../egress/identity-provider.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { hasLoggedOut, rememberLoginAtPlan, rememberRequest } from '../federation/login-cookies.ts';
import { planRefusalOf, providerWordsOf, unlessNotNow } from '../federation/login-refusal.ts';
import { linkIdentity, linkRulesOf } from '../../domain/federation/link-identity.ts';
import { CLOCK_TOLERANCE_SECONDS, type PendingLogin, type PlanLogin } from '../../egress/plan-login.ts';

/** For these reasons of oidc-provider the member has to log in again, here and at the identity provider. */
const FRESH_REASONS = ['login_prompt', 'max_age', 'id_token_hint'];

const needsFreshLogin = ({ interaction }: InteractionContext): boolean =>
  interaction.prompt.reasons.some((reason) => FRESH_REASONS.includes(reason));

/** Refusals that are not about the person. After any other one the provider asks again who it is, whoever is logged in there. */
const NOT_THE_PERSON = new Set([
  'cancelled',
  'unavailable',
  'not-now',
  'not-believed',
  'not-offered',
  'client-refused',
]);

/** Begins a login at the identity provider. @returns the address to which to send the browser */
async function startLogin(
  context: InteractionContext,
  login: PlanLogin,
  { stepUp, choice, facts }: Pick<PendingLogin, 'choice'> & { stepUp?: true; facts: ReturnFacts },
): Promise<{ redirect: string }> {
  const { interaction, server, planLoginRefusal, request } = context;
  const { login_hint: hint, acr_values: asked } = interaction.params;
  const { federation, secondFactor } = server.tenant.settings;
  const refused = planLoginRefusal !== undefined && !NOT_THE_PERSON.has(planLoginRefusal.reason);
  const ofAuditor = isForConsole(context) && demandsSecondFactor(server.tenant, { role: 'auditor' });
  const needsSecondFactor = secondFactor === 'required' || ofAuditor;
  const needs = { asked: String(asked ?? ''), needsSecondFactor };
  const { url, underway } = await login.start({
    uid: interaction.uid,
    loginHint: typeof hint === 'string' ? hint : undefined,
    fresh: needsFreshLogin(context),
    askAgain: refused || stepUp === true || hasLoggedOut(server.tenant, request),
    acrValues: federation ? acrValuesFor(federation, needs) : [],
    ...(stepUp && { stepUp }),
    language: context.texts.locale,
    choice,
  });
  // Whoever goes back to the page before she has logged in there still reads why.
  interaction.result = {
    [PENDING_LOGIN]: underway,
    ...(planLoginRefusal && { [PLAN_LOGIN_REFUSAL]: planLoginRefusal }),
    [RETURNED]: facts.state ?? interaction.result?.[RETURNED],
  };
  await keepInteraction(context);
  // A launch does not begin again in any case, and the page says where it was opened.
  if (!pushesEachRequest(context.client) || interaction.params['launch'] !== undefined)
    rememberRequest(context.services.formKey, server.tenant, context.reply, {
      uid: interaction.uid,
      parameters: parametersToRepeat(interaction),
    });
  return { redirect: url };
}

/** Which of the plan's buttons the member pressed. */
function choiceIn(search: URLSearchParams): number | undefined {
  const text = search.get(CHOICE_PARAMETER) ?? '';
  return /^\d$/.test(text) ? Number(text) : undefined;
}

/** Who has come back: a member, or an auditor where the login is for the audit console. */
type Identity = { member: FederatedIdentity } | { auditor: AuditorIdentity };
const personIn = (identity: Identity) => ('member' in identity ? identity.member : identity.auditor);

interface Returned {
  identity: Identity;
  account: Account;
  idToken: string;
}

/** A plan that has not said who is an auditor has none at its identity provider. @throws LoginRefused */
function identify(context: InteractionContext, { settings }: IdentityProvider, claims: JsonObject): Identity {
  const { tenant } = context.server;
  if (settings.auditors && isForConsole(context)) {
    const secondFactor = demandsSecondFactor(tenant, { role: 'auditor' });
    return { auditor: auditorOf(settings, claims, { secondFactor }) };
  }
  const secondFactor = tenant.settings.secondFactor === 'required';
  return { member: identityOf(settings, claims, { secondFactor }) };
}

/** Has somebody come back who may not see the member of the launch? The provider may have asked nobody who it is. */
const isForAnother = ({ launch }: InteractionContext, { members }: Account): boolean =>
  launch !== undefined && !members.some(({ patient }) => patient === launch.patient);

/** Begins the login, or finishes it when the browser has come back. @param facts gets the claims, also of a refused login */
async function startOrFinish(
  context: InteractionContext,
  identityProvider: IdentityProvider,
  facts: ReturnFacts,
): Promise<{ redirect: string } | Returned> {
  const { searchParams: search } = new URL(context.request.url, 'http://this.invalid');
  const { login } = await identityProvider.endpoints().catch((error: unknown) => {
    throw new LoginRefused('unavailable', error);
  });
  const { steppedUp, choice } = { ...pendingIn(context) };
  if (!search.has('code') && !search.has('error')) {
    const chosen = choiceIn(search);
    // A return that needed another login took so long that its browser was not sent to it. This is where it begins.
    const isStepUp = steppedUp === true && chosen === choice;
    return startLogin(context, login, { ...(isStepUp && { stepUp: true }), choice: chosen, facts });
  }
  const { claims, idToken } = await finishLogin(context, login, search, facts);
  facts.claims = claims;
  // A stronger login may be possible, or one of the right person: once, so that nobody goes around in a circle.
  const askOnceMore = () => startLogin(context, login, { stepUp: true, choice, facts });
  try {
    const identity = identify(context, identityProvider, claims);
    const account = await accountOf(context, identityProvider, identity);
    return isForAnother(context, account) && !steppedUp ? askOnceMore() : { identity, account, idToken };
  } catch (error) {
    const tooWeak = error instanceof LoginRefused && error.reason === 'level-too-low';
    if (tooWeak && !steppedUp) return askOnceMore();
    throw error;
  }
}

/** Where a fresh login is required, an earlier login at the identity provider is not enough (security case O26). */
function checkFresh(context: InteractionContext, { authTime }: Pick<FederatedIdentity, 'authTime'>): void {
  const { iat = 0 } = context.interaction;
  if (needsFreshLogin(context) && (authTime ?? 0) < iat - CLOCK_TOLERANCE_SECONDS)
    throw new LoginRefused('not-fresh');
}

async function accountOf(
  context: InteractionContext,
  { settings }: IdentityProvider,
  identity: Identity,
): Promise<Account> {
  checkFresh(context, personIn(identity));
  const { tenant, stores } = context.server;
  const { pool } = context.services;
  const linked =
    'auditor' in identity
      ? linkAuditor(pool, tenant.id, identity.auditor)
      : linkIdentity(pool, tenant.id, identity.member, linkRulesOf(settings));
  const { sub, loginsEnded } = await unlessNotNow(linked);
  const account = await unlessNotNow(stores.accounts.find(sub));
  if (!account) throw new Error('an account is gone that was just linked');
  // What has ended since ends this login too.
  return { ...account, loginsEnded };
}

/**
 * Reads the interaction again, because the member may have begun another login while the provider was asked. A refusal removes
 * only the login that it ends.
 *
 * @param state of the login that was refused; undefined: the browser came back from none
 */
async function readAgain({ server, interaction }: InteractionContext, state?: string): Promise<void> {
  const now = await server.provider.Interaction.find(interaction.uid);
  if (!now) throw new AnsweredAlready();
  const isOver = state !== undefined && pendingIn({ interaction: now })?.state === state;
  interaction.result = isOver ? undefined : now.result;
}

/** What the event of a refusal has besides its reason. */
const wordsOf = (words: { demand?: string; said?: string; number?: string | undefined }): string =>
  [
    words.demand && `the provider demands ${words.demand}`,
    words.said && `the provider: ${words.said}`,
    words.number && `member number: ${words.number}`,
  ]
    .filter(Boolean)
    .join('; ');

/**
 * Sends the browser back to the login page, which says why nobody was logged in. The event names the person as the provider
 * does, and the member number; the log has the subject alone. Only the first refusals of a network, or of a person whom the
 * provider has named, have an event each in one minute. The edge counts the others by their reason.
 */
async function refuse(
  context: InteractionContext,
  error: unknown,
  { claims, state, isAlone }: ReturnFacts,
): Promise<FastifyReply> {
  const { reason, cause, demand } = planRefusalOf(error);
  const { services, server, request, interaction } = context;
  const { tenant, identityProvider } = server;
  const known = claims && identityProvider ? knownOf(identityProvider.settings, claims) : undefined;
  const said = providerWordsOf(cause);
  services.logger.warn(
    { tenant: tenant.id, requestId: request.id, reason, demand, said, subject: known?.user.sub, err: cause },
    'a login at an identity provider was refused',
  );
  const words = wordsOf({ demand, said, number: known?.number });
  noteReason(request, reason);
  const hasOwn = server.ownRefusals.mayHaveOwn(known?.user.sub, networkOf(clientAddress(request)));
  if (hasOwn)
    await recordLogin(context, {
      method: 'federation',
      action: 'login',
      reason,
      ...(known && { user: known.user }),
      ...(words && { request: words }),
    });
  await readAgain(context, state);
  interaction.result = {
    ...interaction.result,
    [PLAN_LOGIN_REFUSAL]: { reason, requestId: request.id, isUncounted: isAlone && !hasOwn },
    [RETURNED]: state ?? interaction.result?.[RETURNED],
  };
  await keepInteraction(context);
  return toLoginPage(context);
}

const toLoginPage = (context: InteractionContext): FastifyReply =>
  context.reply.redirect(pagePath(context), 303);

/** Refuses nobody: the page says what came of the first return. If that one was not counted, this request is, by its reason. */
function showFirstReturn(context: InteractionContext): FastifyReply {
  const refusal = refusalIn(context.interaction);
  noteReason(context.request, refusal?.isUncounted ? refusal.reason : RETURNED_BEFORE);
  return toLoginPage(context);
}

/** Sends the member to the plan's identity provider, or logs in the member who has come back from there. */
export async function logInAtPlan(context: InteractionContext): Promise<FastifyReply | void> {
  const { identityProvider } = context.server;
  if (!identityProvider || context.step !== 'login')
    throw new errors.SessionNotFound('not at the login step');
  const facts: ReturnFacts = { begun: Date.now() };
  return answerInTime(context, facts, () => leaveOrReturn(context, identityProvider, facts));
}

async function leaveOrReturn(
  context: InteractionContext,
  identityProvider: IdentityProvider,
  facts: ReturnFacts,
): Promise<FastifyReply | void> {
  const { tenant } = context.server;
  let outcome: { redirect: string } | Returned;
  try {
    outcome = await startOrFinish(context, identityProvider, facts);
  } catch (error) {
    // The provider has refused nobody: another request answered the page.
    if (error instanceof AnsweredAlready) throw error;
    if (error instanceof ReturnedBefore) return showFirstReturn(context);
    return refuse(context, error, facts);
  }
  if ('redirect' in outcome) return context.reply.redirect(outcome.redirect, 303);
  const { amr, authTime, secondFactor } = personIn(outcome.identity);
  // The provider's clock may be ahead of ours, but no login lies in the future.
  const capped = authTime === undefined ? undefined : Math.min(authTime, Math.floor(Date.now() / 1000));
  rememberLoginAtPlan(context.services.formKey, tenant, context.reply, outcome.idToken);
  const acr = secondFactor ? ACR.secondFactor : ACR.plan;
  return completeLogin(context, outcome.account, { method: 'federation', acr, amr, authTime: capped });
}
