/** One look at, or answer to, a page of an authorization request: what it is about and who is there. */
import { splitScope } from '@patient-access/smart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Client, errors, type Interaction } from 'oidc-provider';
import { type Account, fhirUserOf, type Member } from '../../domain/accounts/accounts.ts';
import type { LoginRefusalReason } from '../../domain/federation/identity.ts';
import { digest, hmac } from '../../domain/keys/secrets.ts';
import { appDisplayName } from '../../domain/apps/app-name.ts';
import type { OpenedLaunch } from '../../domain/launch/launches.ts';
import { pageFrame } from '../pages/page-frame.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';
import { needsMember } from '../../domain/scopes/scopes.ts';
import { consumeRecord } from '../../domain/grants/records.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';

export type InteractionRequest = FastifyRequest<{ Params: { tenant: string; uid: string }; Body: unknown }>;

/** Which page an authorization request has come to. */
export type InteractionStep = 'login' | 'code' | 'enrol' | 'choose' | 'consent';

export interface InteractionContext {
  services: SharedServices;
  server: TenantServer;
  request: InteractionRequest;
  reply: FastifyReply;
  interaction: Interaction;
  client: Client;
  /** the app's name as it is shown */
  app: string;
  redirectUri: string;
  /** accepted scopes, space-separated */
  scope: string;
  /** who is logged in; undefined until then */
  account?: Account;
  /** why a login at the plan's identity provider came to nothing, just before */
  planLoginRefusal?: LoginRefusalReason;
  /** whose password was right, while a second factor is still to come */
  firstFactor?: { account: Account; login: string };
  /** the payer launch that the app came with */
  launch?: OpenedLaunch;
  /** whose data, once that is clear */
  member?: Member;
  step: InteractionStep;
  /** in the language of the page */
  texts: Texts;
  /** query of the page's address */
  search: string;
  /** the hidden field that a post must bring: bound to this interaction and whoever is logged in */
  token: string;
}

type PersonQuestion = Pick<InteractionContext, 'account' | 'launch' | 'interaction' | 'scope'>;

/** Set by the choice of a member, before the interaction has its result. */
const PERSON = 'member';

/** A password that was right, when that is not enough: kept in the interaction. */
export interface FirstFactor {
  sub: string;
  /** what was typed, normalised */
  login: string;
  next: 'code' | 'enrol';
}

/** Set by the first factor, before the interaction has its result. It lets nobody in: the engine does not know it. */
const FIRST_FACTOR = 'passed';

/** Set when the plan's identity provider did not log the member in: the reason. */
export const PLAN_LOGIN_REFUSAL = 'refused';

/** A launch says whose data; otherwise the login does, or whoever logged in chooses. */
function personOf({ account, launch, interaction, scope }: PersonQuestion): Member | undefined {
  const members = account?.members ?? [];
  if (launch) return members.find(({ patient }) => patient === launch.patient);
  if (!needsMember(scope)) return undefined;
  if (members.length === 1) return members[0];
  return members.find(({ patient }) => patient === interaction.result?.[PERSON]);
}

/** @throws SessionNotFound when the authorization took longer than a launch is remembered */
async function launchOf(
  { stores }: TenantServer,
  { params }: Interaction,
): Promise<InteractionContext['launch']> {
  if (params['launch'] === undefined) return undefined;
  const launch = await stores.launches.find(String(params['launch']));
  if (!launch) throw new errors.SessionNotFound('the launch has expired');
  return launch;
}

/** Of a login that the plan knows no FHIR resource for `fhirUser` can say nothing: it is neither shown nor granted. */
function scopeToAsk({ params }: Interaction, account: Account | undefined, fhirBase: string): string {
  const scope = String(params['scope']);
  if (!account || fhirUserOf(account, fhirBase) !== undefined) return scope;
  return splitScope(scope)
    .filter((text) => text !== 'fhirUser')
    .join(' ');
}

/**
 * Opens the interaction that the request's cookie stands for.
 *
 * @throws SessionNotFound when there is none, or it is another one than the path says (security case O09)
 */
export async function openInteraction(
  services: SharedServices,
  server: TenantServer,
  request: InteractionRequest,
  reply: FastifyReply,
): Promise<InteractionContext> {
  const { provider, tenant, stores } = server;
  const interaction = await provider.interactionDetails(request.raw, reply.raw);
  const client = await provider.Client.find(String(interaction.params['client_id']));
  if (interaction.uid !== request.params.uid || !client)
    throw new errors.SessionNotFound('another interaction');
  const loggingIn = interaction.prompt.name === 'login';
  const passed = loggingIn ? (interaction.result?.[FIRST_FACTOR] as FirstFactor | undefined) : undefined;
  const sub = loggingIn ? passed?.sub : interaction.session?.accountId;
  const known = sub === undefined ? undefined : await stores.accounts.find(sub);
  const account = loggingIn ? undefined : known;
  const scope = scopeToAsk(interaction, account, tenant.fhirBase);
  const launch = await launchOf(server, interaction);
  const member = personOf({ account, launch, interaction, scope });
  const choosing = !launch && needsMember(scope) && !member;
  const { texts, search } = pageFrame(
    tenant,
    request,
    interaction.params['ui_locales'] as string | undefined,
  );
  return {
    services,
    server,
    request,
    reply,
    interaction,
    client,
    scope,
    account,
    launch,
    member,
    app: appDisplayName(client.clientName),
    redirectUri: String(interaction.params['redirect_uri']),
    texts,
    search,
    firstFactor: passed && known && { account: known, login: passed.login },
    planLoginRefusal: loggingIn
      ? (interaction.result?.[PLAN_LOGIN_REFUSAL] as LoginRefusalReason | undefined)
      : undefined,
    step: passed && known ? passed.next : !account ? 'login' : choosing ? 'choose' : 'consent',
    token: hmac(services.formKey, `${tenant.id}/${interaction.uid}/${sub ?? ''}`),
  };
}

export const rememberPerson = async (
  { interaction }: InteractionContext,
  patient: string | undefined,
): Promise<void> => {
  interaction.result = patient === undefined ? undefined : { [PERSON]: patient };
  await interaction.persist();
};

/** @throws SessionNotFound when no password was right in this interaction */
export function requireFirstFactor({
  firstFactor,
}: InteractionContext): NonNullable<InteractionContext['firstFactor']> {
  if (!firstFactor) throw new errors.SessionNotFound('no first factor');
  return firstFactor;
}

/** Goes on to the second factor. */
export async function passFirstFactor(
  { interaction, request, reply }: InteractionContext,
  passed: FirstFactor,
): Promise<FastifyReply> {
  interaction.result = { [FIRST_FACTOR]: passed };
  await interaction.persist();
  return reply.redirect(request.url, 303);
}

/**
 * Takes the one answer that an interaction can have: of two posts at the same time one gets here (case O26).
 *
 * @throws SessionNotFound for every later one
 */
export async function claimInteraction({ services, server, interaction }: InteractionContext): Promise<void> {
  const key: [string, string, string] = [server.tenant.id, 'Interaction', digest(interaction.uid)];
  if (await consumeRecord(services.pool, key)) return;
  throw new errors.SessionNotFound('this page was already answered');
}

/** Ends the interaction with its result and sends the browser back to the authorization endpoint. */
export async function finishInteraction(
  { interaction, reply }: InteractionContext,
  result: NonNullable<Interaction['result']>,
): Promise<void> {
  interaction.result = 'error' in result ? result : { ...interaction.lastSubmission, ...result };
  await interaction.persist();
  await reply.redirect(interaction.returnTo, 303);
}
