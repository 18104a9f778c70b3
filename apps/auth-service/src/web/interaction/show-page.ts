import { randomBytes } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { errors } from 'oidc-provider';
import { ownMember } from '../../domain/accounts/accounts.ts';
import { type Ticks, ticksOf } from '../../domain/consent/choice.ts';
import { appFacts } from '../../domain/apps/app-facts.ts';
import { isVerified, returnHost } from '../../domain/apps/app-name.ts';
import { earlierApps } from '../../domain/apps/earlier-apps.ts';
import { asSeen } from '../../domain/clients/like-names.ts';
import { preselected } from '../../domain/consent/durations.ts';
import {
  type ConsentSnapshot,
  type EarlierApps,
  entryNamed,
  takeSnapshot,
  type WrittenSnapshot,
  written,
} from '../../domain/consent/consent-snapshot.ts';
import { hmac } from '../../domain/keys/secrets.ts';
import type { FederationSettings } from '../../domain/tenant/federation-settings.ts';
import { loginName, loginNameFor } from '../../domain/pages/login-name.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';
import { MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';
import { personChoicePage } from '../pages/person-choice.ts';
import { joinCodePage, joinLoginPage, joinFormPage } from '../pages/joining.ts';
import { codePage } from '../pages/code.ts';
import { consentPage } from '../pages/consent/page.ts';
import { proofPage } from '../pages/proof.ts';
import { enrolPage } from '../pages/enrol.ts';
import { formPageHeaders } from '../pages/headers.ts';
import { type FormView } from '../pages/layout.ts';
import { isNavigation } from '../pages/posted-form.ts';
import { loginPage } from '../pages/login.ts';
import { enrolmentView, openEnrolment } from '../../domain/second-factor/enrolment.ts';
import { type EnrolmentPlace, firstEnrolment } from '../../domain/second-factor/kept-enrolment.ts';
import { opensFhirUser } from '../../domain/scopes/scopes.ts';
import { offersJoining } from '../../domain/joining/join-rules.ts';
import { offersRecovery } from '../../domain/recovery/recovery-rules.ts';
import {
  CHOICE_PARAMETER,
  federationPath,
  logoPath,
  memberHelpPath,
  memberPath,
  recoveryPath,
} from '../../domain/urls.ts';
import { LAUNCH_OF_ANOTHER } from '../../provider/authorization/login-policy.ts';
import { BARE_WAIT_SECONDS } from '../../domain/throttle/rules.ts';
import { newPasswordHint } from './joining/proved.ts';
import { mayLogInAgain } from './other-login.ts';
import { isForConsole, type InteractionStep, type InteractionContext } from './interaction-context.ts';
import { chosenBefore, requireFirstFactor } from './interaction-result.ts';

/** So that nobody guesses a form that another browser posts (ADR 142). */
const SHOWING_BYTES = 16;

/** What the page says about `fhirUser`: what it opens, or that nobody can grant it. */
function fhirUserShown({ fhirUser, notGranted, scope }: InteractionContext): ConsentSnapshot['fhirUser'] {
  if (notGranted.length > 0) return 'none';
  if (fhirUser === undefined || !opensFhirUser(scope)) return undefined;
  return entryNamed(fhirUser);
}

/**
 * A plan knows who makes an app that it has verified. Another one may have taken the name of an app that the member knows. An app
 * without a name has taken none.
 */
const mayHaveTakenItsName = ({ client }: InteractionContext): boolean =>
  !isVerified(client) && asSeen(client.clientName ?? '') !== '';

async function earlierAppsOf(context: InteractionContext): Promise<EarlierApps> {
  const { services, server, client, account, member, app, redirectUri } = context;
  if (!account) return {};
  return earlierApps(
    services.pool,
    { tenant: server.tenant.id, sub: account.sub },
    {
      clientId: client.clientId,
      member: member?.patient,
      name: mayHaveTakenItsName(context) ? app : undefined,
      returnTo: returnHost(redirectUri),
    },
  );
}

/**
 * The document from which the consent page is made.
 *
 * @param earlier as the page says it
 */
export function snapshotFor(context: InteractionContext, at: Date, earlier: EarlierApps): WrittenSnapshot {
  const { name, settings } = context.server.tenant;
  const snapshot = takeSnapshot({
    settings,
    at,
    plan: name,
    member: context.member,
    hasName: context.account !== undefined && ownMember(context.account) !== undefined,
    scope: context.scope,
    fhirUser: fhirUserShown(context),
    language: context.texts.language,
    app: appFacts(context.client, context.app),
    returnTo: returnHost(context.redirectUri),
    ...earlier,
    login: context.account ? loginNameFor(context.account, context.member, context.texts) : '',
  });
  return written(snapshot);
}

/** Binds a form to its page. The seal is valid for this document only, shown to this login at this time. */
export function sealOf({ services, token }: InteractionContext, { text }: WrittenSnapshot): string {
  return hmac(services.formKey, `${token}/${text}`);
}

/**
 * The boxes when the page is first shown: all kinds that the app asks for are checked, and no sensitive category is.
 */
function asRequested({ kinds, durations }: ConsentSnapshot): Ticks {
  const duration = preselected(durations)?.id;
  return { kinds: new Set(kinds.map(({ id }) => id)), sensitive: new Set(), duration };
}

/** @param posted the boxes that the member had checked, when the page is shown again */
async function consent(
  context: InteractionContext,
  form: FormView,
  posted: URLSearchParams | undefined,
): Promise<string> {
  const page = snapshotFor(context, new Date(), await earlierAppsOf(context));
  const { snapshot } = page;
  const chosen = posted ?? chosenBefore(context);
  return consentPage({
    ...form,
    snapshot,
    logo: snapshot.app.logo && logoPath(context.server.tenant.id, snapshot.app.logo),
    proof: { at: snapshot.at, seal: sealOf(context, page) },
    ticks: chosen ? ticksOf(chosen) : asRequested(snapshot),
    appsPage: memberPath(context.server.tenant.id, 'apps'),
    otherLogin: mayLogInAgain(context),
    severalMembers:
      context.member !== undefined && !context.launch && (context.account?.members.length ?? 0) > 1,
  });
}

/** What somebody logs in for. The name of an app that the plan has not checked is the app's own word. */
function whyOf(context: InteractionContext, plan: string, words: Texts['login']): string {
  const { client, app, interaction } = context;
  if (isForConsole(context)) return words.whyConsole;
  if (client.clientId === MEMBER_PAGES_CLIENT_ID) return words.whyOwnPages;
  const why = isVerified(client) ? words.why(app) : words.whyUnverified(app, plan);
  return interaction.prompt.reasons.includes(LAUNCH_OF_ANOTHER) ? `${words.otherPerson} ${why}` : why;
}

/** The buttons of the plan's providers, each with its name in the language of the page. */
function buttonsAtPlan({ name, choices }: FederationSettings, { language }: Texts, path: string) {
  const inLanguage = (text: typeof name): string => (typeof text === 'string' ? text : text[language]);
  if (!choices) return [{ name: inLanguage(name), path }];
  return choices.map((choice, nth) => ({
    name: inLanguage(choice.name),
    path: `${path}?${CHOICE_PARAMETER}=${nth}`,
  }));
}

function login(context: InteractionContext, form: FormView): string {
  const { server, interaction, planLoginRefusal, texts } = context;
  const { id, settings } = server.tenant;
  const hint = chosenBefore({ interaction })?.get('login') ?? interaction.params['login_hint'];
  const plan = settings.federation;
  return loginPage({
    ...form,
    why: whyOf(context, server.tenant.name, texts.login),
    isForApp: context.client.clientId !== MEMBER_PAGES_CLIENT_ID,
    problem: form.problem ?? (planLoginRefusal && texts.federation[planLoginRefusal.reason]),
    requestNumber: planLoginRefusal?.reason === 'cancelled' ? undefined : planLoginRefusal?.requestId,
    hint: typeof hint === 'string' ? hint : '',
    password: settings.passwordLogin,
    emergency: !settings.passwordLogin && isForConsole(context),
    joining: offersJoining(server.tenant),
    recovery: offersRecovery(server.tenant) ? recoveryPath(id) : undefined,
    help: settings.helpPage,
    atPlan: plan ? buttonsAtPlan(plan, texts, federationPath(id, interaction.uid)) : [],
  });
}

export const enrolmentPlace = ({ services, server, interaction }: InteractionContext): EnrolmentPlace => ({
  pool: services.pool,
  key: services.formKey,
  tenant: server.tenant.id,
  uid: interaction.uid,
});

/** @param posted contains the secret that the member has scanned already, when the first code was wrong */
async function enrol(
  context: InteractionContext,
  form: FormView,
  posted: URLSearchParams | undefined,
): Promise<string> {
  const { tenant } = context.server;
  const { account } = requireFirstFactor(context);
  const key = context.services.formKey;
  const same = openEnrolment(key, tenant.id, account.sub, posted?.get('enrolment') ?? '');
  const enrolment = same ?? (await firstEnrolment(enrolmentPlace(context), account.sub));
  return enrolPage({ ...form, ...(await enrolmentView(key, tenant, account, enrolment)) });
}

type Render = (
  context: InteractionContext,
  form: FormView,
  posted: URLSearchParams | undefined,
) => string | Promise<string>;

/** What somebody typed who makes an account, just now or before she changed the language. */
const typedIn = ({ joining }: InteractionContext, posted: URLSearchParams | undefined) => ({
  typed: posted ?? new URLSearchParams(joining?.typed),
});

const helpOf = ({ server }: InteractionContext): { help?: string } => ({
  help: server.tenant.settings.helpPage,
});

function joinCode(context: InteractionContext, form: FormView): string {
  const { joining } = context;
  if (joining?.step !== 'join-code') throw new errors.SessionNotFound('nobody asked for a code');
  const { way, requestId: requestNumber } = joining;
  return joinCodePage({ ...form, ...helpOf(context), way, requestNumber });
}

const RENDER: Record<InteractionStep, Render> = {
  login,
  join: (context, form, posted) => {
    const { mail, join } = context.server.tenant.settings;
    const ways = { byMail: mail !== undefined, byText: join?.text !== undefined };
    return joinFormPage({ ...form, ...helpOf(context), ...typedIn(context, posted), ...ways });
  },
  'join-code': joinCode,
  'join-login': (context, form, posted) =>
    joinLoginPage({ ...form, ...typedIn(context, posted), hint: newPasswordHint(context) }),
  proof: ({ reply }, form) => {
    // On every page of this step, whoever it is: who can prove nothing comes back after it.
    void reply.header('Retry-After', String(BARE_WAIT_SECONDS));
    return proofPage(form);
  },
  code: (context, form) => codePage({ ...form, ...helpOf(context), isMember: !isForConsole(context) }),
  enrol,
  choose: (context, form) =>
    personChoicePage({
      ...form,
      app: context.app,
      login: context.account ? loginName(context.account, context.texts) : '',
      otherLogin: mayLogInAgain(context),
      members: context.account?.members ?? [],
      picked: chosenBefore(context)?.get('member') ?? undefined,
    }),
  consent,
};

/** Shows the page of the step that the authorization request has reached. */
export async function showPage(
  context: InteractionContext,
  { status = 200, problem, posted }: { status?: number; problem?: string; posted?: URLSearchParams } = {},
): Promise<FastifyReply> {
  const { token, texts, search, server } = context;
  const { id, name: plan } = server.tenant;
  const showing = randomBytes(SHOWING_BYTES).toString('base64url');
  const form = { token, showing, texts, search, problem, plan, memberHelp: memberHelpPath(id) };
  const page = await RENDER[context.step](context, form, posted);
  return context.reply
    .code(status)
    .headers(formPageHeaders(isNavigation(context.request) ? undefined : context.redirectUri))
    .type('text/html; charset=utf-8')
    .send(page);
}
