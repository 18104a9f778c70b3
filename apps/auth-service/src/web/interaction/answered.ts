/**
 * A page of an authorization request that has been answered: by the first of two presses of a button, or before the
 * member went back. A browser that asks again is led to where the answer led (ADR 67).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { appFacts } from '../../domain/apps/app-facts.ts';
import { appDisplayName } from '../../domain/apps/app-name.ts';
import { findOutcome, formDigest, isCodeUnused, type Outcome } from '../../domain/grants/outcomes.ts';
import { interactionPath } from '../../domain/urls.ts';
import { ANSWERED_FORM, NOT_RESUMED } from '../../provider/authorization/keep-outcomes.ts';
import { MEMBER_PAGES_CLIENT_ID } from '../../provider/clients/member-pages-client.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { answeredPage, goOnPage } from '../pages/answer.ts';
import { formPageHeaders } from '../pages/headers.ts';
import { pageFrame } from '../pages/page-frame.ts';
import { isCrossSite, isNavigation, postedForm } from '../pages/posted-form.ts';
import {
  AnsweredAlready,
  isAnswered,
  type InteractionContext,
  type InteractionPageRequest,
} from './interaction-context.ts';
import type { FastifyReply } from 'fastify';

/** How long a second press waits for what the first one does: a check of a password, and some statements. */
const PATIENCE_MS = 3_000;
/** How long a wrong code waits: it may be the right one of another press, which has used it up. */
const SECOND_PRESS_MS = 400;
const EVERY_MS = 50;
/** A page that is opened later than this was opened by somebody who came back to it. */
const BY_ITSELF_MS = 10_000;

/** As long as the same form is given the same cookies (domain/grants/outcomes.ts). */
const SECOND_PRESS_SECONDS = 30;

interface Asked {
  services: SharedServices;
  server: TenantServer;
  request: InteractionPageRequest;
  reply: FastifyReply;
}

async function waitFor<Value>(
  ask: () => Promise<Value | undefined>,
  forMs: number,
): Promise<Value | undefined> {
  for (const end = Date.now() + forMs; ; await delay(EVERY_MS)) {
    const value = await ask();
    if (value !== undefined || Date.now() > end) return value;
  }
}

/** @returns whether the request has the cookie of the interaction that its path names (security case O09) */
function isSameBrowser({ server, request, reply }: Asked): boolean {
  const { provider } = server;
  const ctx = provider.createContext(request.raw, reply.raw);
  return ctx.cookies.get(provider.cookieName('interaction'), { signed: true }) === request.params.uid;
}

const placeOf = ({ services, server, request }: Asked) => ({
  pool: services.pool,
  key: services.formKey,
  tenant: server.tenant.id,
  uid: request.params.uid,
});

const secondPressCookie = ({ tenant: { id, issuer } }: TenantServer): string =>
  `${issuer.startsWith('https:') ? '__Secure-' : ''}${id}-second-press`;

/**
 * The browser of a second press is sent on, but the first one may be on its way there and come first: a browser that a second
 * press calls off gets no answer to the first, and no cookies of it. By this cookie it can ask for them from the page to which
 * it is sent back then. Only who has posted the same form gets the cookie.
 */
function rememberSecondPress({ server, request, reply }: InteractionContext, form: string): void {
  const { tenant } = server;
  const secure = tenant.issuer.startsWith('https:') ? '; Secure' : '';
  const place = `Path=${interactionPath(tenant.id, request.params.uid)}; Max-Age=${SECOND_PRESS_SECONDS}`;
  void reply.header(
    'Set-Cookie',
    `${secondPressCookie(server)}=${form}; ${place}; HttpOnly; SameSite=Lax${secure}`,
  );
}

/** @returns the digest of the form that this request posts, or that the browser had posted when it was sent on and back */
function formOf({ services, server, request }: Asked): string | undefined {
  if (request.method === 'POST')
    return isCrossSite(request)
      ? undefined
      : formDigest(services.formKey, request.params.uid, postedForm(request));
  if (!(NOT_RESUMED in (request.query as object))) return undefined;
  const begin = `${secondPressCookie(server)}=`;
  const pairs = (request.headers.cookie ?? '').split(/; */);
  return pairs.find((pair) => pair.startsWith(begin))?.slice(begin.length);
}

/** Shows the page that goes on to the app while the app has not had its answer, and else says that it has. */
async function showAnswer(asked: Asked, outcome: Outcome, status: number): Promise<void> {
  const { server, request, reply } = asked;
  const { tenant, provider } = server;
  const client = await provider.Client.find(outcome.clientId);
  const app = appDisplayName(client?.clientName);
  const frame = { ...pageFrame(tenant, request), tenant: tenant.id, app };
  const isRefusal = !URL.parse(outcome.to)?.searchParams.has('code');
  const waits = client !== undefined && (isRefusal || (await isCodeUnused(placeOf(asked), outcome)));
  const byItself = Date.now() < outcome.at + BY_ITSELF_MS;
  const page =
    waits && status === 200
      ? goOnPage({ ...frame, to: outcome.to, byItself })
      : answeredPage({ ...frame, website: client && appFacts(client, app).website });
  await reply.code(status).headers(formPageHeaders()).type('text/html; charset=utf-8').send(page);
}

/**
 * Leads a browser on from a page whose interaction is over.
 *
 * @returns false when nothing is known of it, or it is another browser's
 */
export async function leadOn(asked: Asked): Promise<boolean> {
  const { server, request, reply } = asked;
  if (!isNavigation(request) || !isSameBrowser(asked)) return false;
  const posted = request.method === 'POST' && !isCrossSite(request);
  const form = formOf(asked);
  const patienceMs = form === undefined ? 0 : PATIENCE_MS;
  const outcome = await waitFor(() => findOutcome(placeOf(asked), form), patienceMs);
  if (!outcome) return false;
  for (const cookie of outcome.cookies ?? []) void reply.header('Set-Cookie', cookie);
  const page = interactionPath(server.tenant.id, '');
  const toApp = outcome.clientId !== MEMBER_PAGES_CLIENT_ID && !outcome.to.startsWith(page);
  const own = toApp ? `${page}${request.params.uid}` : outcome.to;
  if (toApp && outcome.cookies === undefined) await showAnswer(asked, outcome, posted ? 400 : 200);
  else await reply.headers(formPageHeaders()).redirect(own, 303);
  return true;
}

/**
 * Where the interaction has its answer and the browser did not come to the next page, it goes on to it: after the same form
 * again, and from a page that was only opened.
 *
 * @returns false when this request did not answer it
 */
export async function resumeAnswered(context: InteractionContext): Promise<boolean> {
  const { services, interaction, request, reply } = context;
  if (!isNavigation(request) || !isAnswered(interaction) || NOT_RESUMED in (request.query as object))
    return false;
  if (request.method === 'POST') {
    const form = formDigest(services.formKey, interaction.uid, postedForm(request));
    if (interaction.result?.[ANSWERED_FORM] !== form) return false;
    rememberSecondPress(context, form);
  }
  await reply.headers(formPageHeaders()).redirect(interaction.returnTo, 303);
  return true;
}

/**
 * Waits for the first of two posts.
 *
 * @returns the interaction with its answer; undefined when it is over by now, or was not answered
 */
export async function waitForAnswer(
  { server, interaction, request }: Pick<InteractionContext, 'server' | 'interaction' | 'request'>,
  forMs = PATIENCE_MS,
): Promise<'answered' | 'over' | undefined> {
  if (!isNavigation(request)) return undefined;
  return waitFor(async () => {
    const now = await server.provider.Interaction.find(interaction.uid);
    if (!now) return 'over' as const;
    interaction.result = now.result;
    return isAnswered(now) ? ('answered' as const) : undefined;
  }, forMs);
}

/** @throws AnsweredAlready for the second of two presses, whose code the first one has used up */
export async function throwIfAnsweredMeanwhile(context: InteractionContext): Promise<void> {
  if (await waitForAnswer(context, SECOND_PRESS_MS)) throw new AnsweredAlready();
}
