/** What a page of an authorization request needs: the app's request, and the person at the browser. */
import { MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';
import { attemptOf } from '@patient-access/platform';
import { splitScope } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';
import { type Client, errors, type Interaction } from 'oidc-provider';
import { type Account, fhirUserFor, type Member } from '../../domain/accounts/accounts.ts';
import type { LoginRefusalReason } from '../../domain/federation/identity.ts';
import { hmac } from '../../domain/keys/secrets.ts';
import { appDisplayName } from '../../domain/apps/app-name.ts';
import type { OpenedLaunch } from '../../domain/launch/launches.ts';
import { callerAtBrowser, callerOfClient } from '../../provider/audit/known-callers.ts';
import type { PageContext } from '../pages/page-context.ts';
import { pageFrame } from '../pages/page-frame.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';
import { needsMember } from '../../domain/scopes/scopes.ts';
import { CONSOLE_PAGE } from '../../provider/clients/member-pages-client.ts';
import { FIRST_FACTOR } from '../../provider/adapters/record-adapter.ts';
import { takeAccount } from '../../provider/together/ahead.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import { type JoinState, joinStateOf } from './joining/join-state.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { answerKeyFor, checkBrowser } from './own-browser.ts';
import { RedirectUriGone } from './redirect-uri-gone.ts';

export type InteractionPageRequest = FastifyRequest<{
  Params: { tenant: string; uid: string };
  Body: unknown;
}>;

/** The page that an authorization request has reached. */
export type InteractionStep = 'login' | JoinState['step'] | 'proof' | 'code' | 'enrol' | 'choose' | 'consent';

/** A request for a page of an interaction, before anything is known of the interaction. */
export interface AskedInteraction extends PageContext {
  request: InteractionPageRequest;
}

export interface InteractionContext extends AskedInteraction {
  /** of oidc-provider */
  interaction: Interaction;
  client: Client;
  /** the app's name as the page shows it */
  app: string;
  redirectUri: string;
  /** what can be granted of the accepted scopes, space-separated */
  scope: string;
  /** absolute reference to the resource that `fhirUser` would open; undefined: there is none, or nobody knows yet */
  fhirUser?: string;
  /** what the app asked for and nobody can grant */
  notGranted: readonly string[];
  /** who is logged in; undefined during the login */
  account?: Account;
  /** why the login at the plan's identity provider has just failed */
  planLoginRefusal?: ShownRefusal;
  /** set while the second factor is missing; the login whose password was right */
  firstFactor?: FirstFactor & { account?: Account };
  /** set while somebody makes an account */
  joining?: JoinState;
  /** the payer launch with which the app came */
  launch?: OpenedLaunch;
  /** the person whose data the app gets, when that is known */
  member?: Member;
  step: InteractionStep;
  /** in the language of the page */
  texts: Texts;
  /** query of the page's address */
  search: string;
  /** the hidden field that a post must contain; bound to this interaction and to the person who is logged in */
  token: string;
  /** with which this browser goes on, if this request answers the page */
  answerKey: string;
}

/** Does somebody log in for the audit console? */
export const isForConsole = ({
  client,
  interaction,
}: Pick<InteractionContext, 'client' | 'interaction'>): boolean =>
  client.clientId === MEMBER_PAGES_CLIENT_ID && interaction.params['state'] === CONSOLE_PAGE;

type PersonQuestion = Pick<InteractionContext, 'account' | 'launch' | 'interaction' | 'scope'>;

/** The field in the interaction's result for the person whom the member has chosen: the id of the Patient. */
export const CHOSEN_PERSON = 'member';

/** A login whose password was right and whose second factor is still missing. The interaction keeps it. */
export interface FirstFactor {
  /** undefined where the next page is shown whatever the password was, and it was not right */
  sub?: string;
  /** of the account when the password was checked */
  loginsEnded?: number;
  /** what was typed, normalised */
  login: string;
  next: 'proof' | 'code' | 'enrol';
}

/** What the login page says about a login at the plan's identity provider that was refused. */
interface ShownRefusal {
  reason: LoginRefusalReason;
  /** of the request that was refused: the plan's staff find it in the trail */
  requestId: string;
  /** it has no event of its own, and its request was answered before its reason was known */
  isUncounted?: boolean | undefined;
}

/** The field in the interaction's result that says why the plan's identity provider did not log the member in. */
export const PLAN_LOGIN_REFUSAL = 'planLoginRefusal';

export const refusalIn = ({ result }: Pick<Interaction, 'result'>): ShownRefusal | undefined =>
  result?.[PLAN_LOGIN_REFUSAL] as ShownRefusal | undefined;

/**
 * A launch names the person. Without a launch, the person is clear if the login sees only one; otherwise the member
 * chooses.
 */
function personOf({ account, launch, interaction, scope }: PersonQuestion): Member | undefined {
  const members = account?.members ?? [];
  if (launch) return members.find(({ patient }) => patient === launch.patient);
  if (!needsMember(scope)) return undefined;
  if (members.length === 1) return members[0];
  return members.find(({ patient }) => patient === interaction.result?.[CHOSEN_PERSON]);
}

/** @throws SessionNotFound when the launch has expired since the authorization began */
async function launchOf(
  { stores }: TenantServer,
  { params }: Interaction,
): Promise<InteractionContext['launch']> {
  if (params['launch'] === undefined) return undefined;
  const launch = await stores.launches.find(String(params['launch']));
  if (!launch) throw new errors.SessionNotFound('the launch has expired');
  return launch;
}

/** @returns the reference that the app may learn, if the plan offers its type, so that the app can read it (ADR 65) */
function readableFhirUser(
  { fhirBase, settings: { types } }: Tenant,
  account: Account,
  member: Member | undefined,
): string | undefined {
  const reference = fhirUserFor(account, member, fhirBase);
  const type = reference?.slice(fhirBase.length + 1).split('/')[0] ?? '';
  return types && !types.includes(type) ? undefined : reference;
}

/** What can be granted: not `fhirUser`, when there is no resource that it could open. The page says so. */
function grantable(
  asked: string,
  account: Account | undefined,
  fhirUser: string | undefined,
): Pick<InteractionContext, 'scope' | 'notGranted'> {
  const texts = splitScope(asked);
  const isRefused = (text: string) => text === 'fhirUser' && account !== undefined && fhirUser === undefined;
  const notGranted = texts.filter(isRefused);
  return { scope: texts.filter((text) => !isRefused(text)).join(' '), notGranted };
}

/** The person whom the app would see, and what of its request can be granted. */
function whatIsAsked(
  tenant: Tenant,
  { account, launch, interaction }: Omit<PersonQuestion, 'scope'>,
): Pick<InteractionContext, 'member' | 'fhirUser' | 'scope' | 'notGranted'> {
  const asked = String(interaction.params['scope']);
  const member = personOf({ account, launch, interaction, scope: asked });
  const fhirUser = account && readableFhirUser(tenant, account, member);
  return { member, fhirUser, ...grantable(asked, account, fhirUser) };
}

/** The person who is logged in. During the login step, the person whose password was right. */
async function whoIsThere(
  services: SharedServices,
  { stores, tenant }: TenantServer,
  interaction: Interaction,
): Promise<Pick<InteractionContext, 'account' | 'firstFactor' | 'planLoginRefusal' | 'joining'>> {
  const { prompt, result, session } = interaction;
  const accountOf = async (sub: string) => takeAccount(tenant.id, sub) ?? (await stores.accounts.find(sub));
  if (prompt.name !== 'login') {
    const sub = session?.accountId;
    return { account: sub === undefined ? undefined : await accountOf(sub) };
  }
  const planLoginRefusal = refusalIn(interaction);
  const firstFactor = result?.[FIRST_FACTOR] as FirstFactor | undefined;
  if (!firstFactor) return { planLoginRefusal, joining: joinStateOf(services, tenant, interaction) };
  const { sub, loginsEnded, next } = firstFactor;
  const found = sub === undefined ? undefined : await accountOf(sub);
  // The password that was right may have been replaced meanwhile.
  const account = loginsEnded === found?.loginsEnded ? found : undefined;
  const goesOn = account !== undefined || next === 'proof';
  return { planLoginRefusal, firstFactor: goesOn ? { ...firstFactor, account } : undefined };
}

function stepOf(
  { account, firstFactor, joining }: Partial<InteractionContext>,
  choosing: boolean,
): InteractionStep {
  if (firstFactor) return firstFactor.next;
  if (!account) return joining?.step ?? 'login';
  return choosing ? 'choose' : 'consent';
}

/** The app that asked, and the person who is logged in, if anybody is. */
function noteCaller(
  tenant: Tenant,
  request: InteractionPageRequest,
  client: Client,
  account?: Account,
): void {
  const caller = { ...callerOfClient(client), ...(account && callerAtBrowser(tenant, account)) };
  attemptOf(request).known = { tenant: tenant.id, caller, isClaimed: account === undefined };
}

/**
 * @throws SessionNotFound when there is no interaction, or the path names another one (security case O09), or the app is gone
 * @throws RedirectUriGone
 */
async function findInteraction({ server: { provider, tenant }, request, reply }: AskedInteraction) {
  const interaction = await provider.interactionDetails(request.raw, reply.raw);
  const client = await provider.Client.find(String(interaction.params['client_id']));
  if (interaction.uid !== request.params.uid || !client)
    throw new errors.SessionNotFound('another interaction');
  // oidc-provider has checked it when the request came, and does not again.
  if (!client.redirectUriAllowed(String(interaction.params['redirect_uri']))) {
    noteCaller(tenant, request, client);
    throw new RedirectUriGone();
  }
  return { interaction, client };
}

/** @param sub of the person whom the page is shown to; '' before anybody has logged in */
export const formToken = (
  { formKey }: Pick<SharedServices, 'formKey'>,
  tenant: string,
  uid: string,
  sub: string,
): string => hmac(formKey, `${tenant}/${uid}/${sub}`);

/**
 * Opens the interaction that the request's cookie names.
 *
 * @throws SessionNotFound when it cannot go on
 */
export async function openInteraction(asked: AskedInteraction): Promise<InteractionContext> {
  const { services, server, request } = asked;
  const { tenant } = server;
  const { interaction, client } = await findInteraction(asked);
  const answerKey = answerKeyFor(services, interaction, request);
  checkBrowser({ ...asked, interaction, answerKey });
  const who = await whoIsThere(services, server, interaction);
  const { account } = who;
  noteCaller(tenant, request, client, account);
  const launch = await launchOf(server, interaction);
  const { member, fhirUser, scope, notGranted } = whatIsAsked(tenant, { account, launch, interaction });
  const sub = (who.account ?? who.firstFactor)?.sub ?? '';
  const uiLocales = interaction.params['ui_locales'] as string | undefined;
  const { texts, search } = pageFrame(tenant, request, uiLocales);
  return {
    ...who,
    ...asked,
    interaction,
    client,
    app: appDisplayName(client.clientName),
    redirectUri: String(interaction.params['redirect_uri']),
    scope,
    fhirUser,
    notGranted,
    launch,
    member,
    step: stepOf(who, !launch && needsMember(scope) && !member),
    texts,
    search,
    token: formToken(services, tenant.id, interaction.uid, sub),
    answerKey,
  };
}
