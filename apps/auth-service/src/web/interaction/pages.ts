import type { FastifyReply } from 'fastify';
import { type Ticks, ticksOf } from '../../domain/consent/choice.ts';
import { appFacts } from '../../domain/apps/app-facts.ts';
import { returnHost } from '../../domain/apps/app-name.ts';
import { preselected } from '../../domain/consent/durations.ts';
import { canonical, type ConsentSnapshot, takeSnapshot } from '../../domain/consent/consent-snapshot.ts';
import { hmac } from '../../domain/keys/secrets.ts';
import { MEMBER_PAGES_CLIENT_ID } from '../../provider/clients/member-pages-client.ts';
import { choosePage } from '../pages/choose.ts';
import { codePage } from '../pages/code.ts';
import { consentPage } from '../pages/consent/page.ts';
import { enrolPage } from '../pages/enrol.ts';
import { formPageHeaders } from '../pages/headers.ts';
import { type Form } from '../pages/layout.ts';
import { loginPage } from '../pages/login.ts';
import { enrolmentView, newEnrolment, openEnrolment } from '../../domain/second-factor/enrolment.ts';
import { federationPath } from '../../domain/urls.ts';
import { passedOf, type Step, type Visit } from './visit.ts';

/** The document that the consent page of this visit is made of. */
export function snapshotFor(visit: Visit, at: Date): ConsentSnapshot {
  const { name, settings } = visit.server.tenant;
  return takeSnapshot({
    ...{ settings, at, plan: name, member: visit.member, scope: visit.scope },
    language: visit.texts.language,
    app: appFacts(visit.client, visit.app),
    returnTo: returnHost(visit.redirectUri),
    login: visit.account?.login ?? '',
  });
}

/** Binds a form to what was on its page: only this document, shown to this login at this time, has this seal. */
export function sealOf({ services, token }: Visit, snapshot: ConsentSnapshot): string {
  return hmac(services.formKey, `${token}/${canonical(snapshot)}`);
}

/** As the app asks: all kinds, and nothing sensitive. */
function asAsked({ kinds, durations }: ConsentSnapshot): Ticks {
  const duration = preselected(durations)?.id;
  return { kinds: new Set(kinds.map(({ id }) => id)), sensitive: new Set(), duration };
}

/** @param posted what the member had checked, when the page is shown again */
function consent(visit: Visit, form: Form, posted: URLSearchParams | undefined): string {
  const snapshot = snapshotFor(visit, new Date());
  return consentPage({
    ...form,
    snapshot: snapshot,
    proof: { at: snapshot.at, seal: sealOf(visit, snapshot) },
    ticks: posted ? ticksOf(posted) : asAsked(snapshot),
    severalMembers: visit.member !== undefined && !visit.launch && (visit.account?.members.length ?? 0) > 1,
  });
}

function login({ app, client, server, interaction, refused, texts }: Visit, form: Form): string {
  const { id, settings } = server.tenant;
  const hint = interaction.params['login_hint'];
  const plan = settings.federation;
  return loginPage({
    ...form,
    why: client.clientId === MEMBER_PAGES_CLIENT_ID ? texts.login.whyOwnPages : texts.login.why(app),
    problem: form.problem ?? (refused && texts.federation[refused]),
    hint: typeof hint === 'string' ? hint : '',
    password: settings.passwordLogin,
    atPlan: plan && { name: plan.name, path: federationPath(id, interaction.uid) },
  });
}

/** @param posted with the secret that the member has scanned already, when its first code was wrong */
async function enrol(visit: Visit, form: Form, posted: URLSearchParams | undefined): Promise<string> {
  const { tenant } = visit.server;
  const { account } = passedOf(visit);
  const key = visit.services.formKey;
  const same = openEnrolment(key, tenant.id, account.sub, posted?.get('enrolment') ?? '');
  return enrolPage({ ...form, ...(await enrolmentView(key, tenant, account, same ?? newEnrolment())) });
}

type Render = (visit: Visit, form: Form, posted: URLSearchParams | undefined) => string | Promise<string>;

const RENDER: Record<Step, Render> = {
  login,
  code: (_visit, form) => codePage(form),
  enrol,
  choose: ({ app, account }, form) => choosePage({ ...form, app, members: account?.members ?? [] }),
  consent,
};

/** Shows the page that an authorization request has come to. */
export async function showPage(
  visit: Visit,
  { status = 200, problem, posted }: { status?: number; problem?: string; posted?: URLSearchParams } = {},
): Promise<FastifyReply> {
  const { token, texts, search, server } = visit;
  const form = { token, texts, search, problem, plan: server.tenant.name };
  const page = await RENDER[visit.step](visit, form, posted);
  return visit.reply
    .code(status)
    .headers(formPageHeaders(visit.redirectUri))
    .type('text/html; charset=utf-8')
    .send(page);
}
