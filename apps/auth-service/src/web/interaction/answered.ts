/**
 * A page of an authorization request that has been answered: by the first of two presses of a button, or before the
 * member went back. A browser that asks again is led to where the answer led (ADR 67).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'oidc-provider';
import { appFacts } from '../../domain/apps/app-facts.ts';
import { appDisplayName } from '../../domain/apps/app-name.ts';
import {
  findOutcome,
  isCodeUnused,
  openOutcome,
  type Outcome,
  type SealedOutcome,
} from '../../domain/grants/outcomes.ts';
import { interactionPath } from '../../domain/urls.ts';
import {
  answerCookies,
  heldAnswerKey,
  isAnswered,
  opensAnswer,
} from '../../provider/authorization/answer-key.ts';
import { NOT_RESUMED, RESUMED_ELSEWHERE } from '../../provider/authorization/keep-outcomes.ts';
import { MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';
import { answeredPage, goOnPage } from '../pages/answered.ts';
import { formPageHeaders } from '../pages/headers.ts';
import { pageFrame } from '../pages/page-frame.ts';
import { isCrossSite, isNavigation } from '../pages/posted-form.ts';
import type { AskedInteraction, InteractionContext, InteractionPageRequest } from './interaction-context.ts';
import { goOn } from './interaction-result.ts';
import { AnsweredAlready, giveKey, ownKeyOf } from './own-browser.ts';

/** How long a second press waits for what the first one does: a check of a password, and some statements. */
export const PATIENCE_MS = 3_000;
/** How long a wrong code waits: it may be the right one of another press, which has used it up. */
const SECOND_PRESS_MS = 400;
const EVERY_MS = 50;
/** A page that is opened later than this was opened by somebody who came back to it. */
const BY_ITSELF_MS = 10_000;

async function waitFor<Value>(
  ask: () => Promise<Value | undefined>,
  forMs: number,
): Promise<Value | undefined> {
  for (const end = performance.now() + forMs; ; await delay(EVERY_MS)) {
    const value = await ask();
    if (value !== undefined || performance.now() > end) return value;
  }
}

/** @returns whether the request has the cookie of the interaction that its path names (security case O09) */
function isSameBrowser({ server, request, reply }: AskedInteraction): boolean {
  const { provider } = server;
  const ctx = provider.createContext(request.raw, reply.raw);
  return ctx.cookies.get(provider.cookieName('interaction'), { signed: true }) === request.params.uid;
}

const placeOf = ({ services, server, request }: AskedInteraction) => ({
  pool: services.pool,
  key: services.formKey,
  tenant: server.tenant.id,
  uid: request.params.uid,
});

/** Two answer keys with which a browser can show that an answer is its own. */
interface Shown {
  /** made of what the request brings: the posted form, or the code of the plan's identity provider */
  posted: string | undefined;
  /** from the cookie that the answer set */
  held: string | undefined;
}

function shownBy({ services, server, request }: AskedInteraction): Shown {
  const isForeignForm = request.method === 'POST' && isCrossSite(request);
  return {
    posted: isForeignForm ? undefined : ownKeyOf(services, request.params, request),
    held: heldAnswerKey(server.tenant, request.headers.cookie),
  };
}

/** Was the browser sent on to the authorization endpoint, and from there back to the page? */
const isSentBack = ({ query }: Pick<InteractionPageRequest, 'query'>): boolean =>
  NOT_RESUMED in (query as object);

/** Does the app still have the address to which the answer goes? */
const isAllowed = (client: Client | undefined, { redirectUri }: Outcome): boolean =>
  client !== undefined && (redirectUri === undefined || client.redirectUriAllowed(redirectUri));

/** Shows the page that leads on to the app, or that the app has had its answer already. */
async function showAnswer(asked: AskedInteraction, outcome: Outcome, status: number): Promise<void> {
  const { server, request, reply } = asked;
  const { tenant, provider } = server;
  const client = await provider.Client.find(outcome.clientId);
  const app = appDisplayName(client?.clientName);
  const frame = { ...pageFrame(tenant, request), tenant: tenant.id, app };
  const isRefusal = !URL.parse(outcome.to)?.searchParams.has('code');
  const mayGo = isAllowed(client, outcome);
  const waits = mayGo && (isRefusal || (await isCodeUnused(placeOf(asked), outcome)));
  const byItself = Date.now() < outcome.at + BY_ITSELF_MS;
  const page =
    waits && status === 200
      ? goOnPage({ ...frame, to: outcome.to, byItself })
      : answeredPage({ ...frame, website: client && appFacts(client, app).website });
  await reply.code(status).headers(formPageHeaders()).type('text/html; charset=utf-8').send(page);
}

/**
 * @returns the outcome and the key that opens it. The outcome has cookies only for a browser that got no answer to its first
 *   press. Such a browser posts the same form again, or it was sent on, came second, and was sent back.
 */
function openedBy(
  asked: AskedInteraction,
  { posted, held }: Shown,
  sealed: SealedOutcome,
): { outcome: Outcome; key: string } | undefined {
  for (const key of [posted, held]) {
    const outcome = key === undefined ? undefined : openOutcome(placeOf(asked), sealed, key);
    const again = key === posted || isSentBack(asked.request);
    if (outcome && key) return { key, outcome: again ? outcome : { ...outcome, cookies: undefined } };
  }
  return undefined;
}

/**
 * Leads a browser on from a page whose interaction is over.
 *
 * @returns false when nothing is known of it, or another browser has answered it
 */
export async function leadOn(asked: AskedInteraction): Promise<boolean> {
  const { server, request, reply } = asked;
  if (!isNavigation(request) || !isSameBrowser(asked)) return false;
  const shown = shownBy(asked);
  const isOnItsWay = shown.posted !== undefined || (shown.held !== undefined && isSentBack(request));
  const sealed = await waitFor(() => findOutcome(placeOf(asked)), isOnItsWay ? PATIENCE_MS : 0);
  const opened = sealed && openedBy(asked, shown, sealed);
  if (!opened) return false;
  const { outcome, key } = opened;
  const cookies = [...answerCookies(server.tenant, request.params.uid, key), ...(outcome.cookies ?? [])];
  for (const cookie of cookies) void reply.header('Set-Cookie', cookie);
  const page = interactionPath(server.tenant.id, '');
  const toApp = outcome.clientId !== MEMBER_PAGES_CLIENT_ID && !outcome.to.startsWith(page);
  const own = toApp ? `${page}${request.params.uid}` : outcome.to;
  if (toApp && outcome.cookies === undefined)
    await showAnswer(asked, outcome, shown.posted !== undefined ? 400 : 200);
  else await reply.headers(formPageHeaders()).redirect(own, 303);
  return true;
}

/**
 * Another request of this browser has taken the answer, and the browser is led to where that one led. If that one leads
 * nowhere, the browser gets a page with a link to go on, because a redirect could go round in circles.
 */
async function followTaken(context: InteractionContext): Promise<void> {
  const { server, interaction, request, reply, app, redirectUri } = context;
  if (await leadOn(context)) return;
  const frame = { ...pageFrame(server.tenant, request), tenant: server.tenant.id, app };
  const page = goOnPage({ ...frame, to: interaction.returnTo, appUri: redirectUri, byItself: false });
  await reply.headers(formPageHeaders()).type('text/html; charset=utf-8').send(page);
}

/**
 * Leads the browser on if the interaction has its answer but the browser has not come to the next page. It does so when the
 * browser posts the same form again, or opens the page and has the key of the answer.
 *
 * @returns false when the interaction has no answer
 * @throws AnsweredAlready when another request answered it
 */
export async function resumeAnswered(context: InteractionContext): Promise<boolean> {
  const { services, server, interaction, request, reply } = context;
  if (!isAnswered(interaction)) return false;
  const held = heldAnswerKey(server.tenant, request.headers.cookie);
  const answerKey = ownKeyOf(services, interaction, request) ?? held;
  const isElsewhere = (request.query as Record<string, unknown>)[NOT_RESUMED] === RESUMED_ELSEWHERE;
  const goesOn = isNavigation(request) && (!isSentBack(request) || isElsewhere);
  if (!goesOn || answerKey === undefined || !opensAnswer(interaction, answerKey)) throw new AnsweredAlready();
  if (isElsewhere) {
    await followTaken(context);
    return true;
  }
  void reply.headers(formPageHeaders());
  await goOn({ ...context, answerKey });
  return true;
}

/** How long the second of two requests waits for the first one. */
interface Waiting {
  forMs: number;
  /** asked each time that the interaction was read: does the first one still work? */
  while?: () => boolean;
}

/**
 * Waits for the first of two posts.
 *
 * @returns `answered`: the interaction has its answer; `step`: the same form has brought the login to its next page; `over`: it
 *   is gone; undefined when nothing has come
 */
async function waitForAnswer(
  {
    server,
    interaction,
    request,
    answerKey,
  }: Pick<InteractionContext, 'server' | 'interaction' | 'request' | 'answerKey'>,
  { forMs, while: goesOn = () => true }: Waiting,
): Promise<'answered' | 'step' | 'over' | undefined> {
  if (!isNavigation(request)) return undefined;
  const found = await waitFor(async () => {
    const now = await server.provider.Interaction.find(interaction.uid);
    if (!now) return 'over' as const;
    interaction.result = now.result;
    if (isAnswered(now)) return 'answered' as const;
    if (opensAnswer(now, answerKey)) return 'step' as const;
    return goesOn() ? undefined : ('nothing' as const);
  }, forMs);
  return found === 'nothing' ? undefined : found;
}

/**
 * Leads the second of two presses to where the first one has led.
 *
 * @returns false when it led nowhere
 * @throws AnsweredAlready when another request answered it
 */
export async function followFirstPress(context: InteractionContext): Promise<boolean> {
  const first = await waitForAnswer(context, { forMs: PATIENCE_MS });
  if (first === 'answered') return resumeAnswered(context);
  if (first !== 'step') return false;
  giveKey(context);
  await context.reply.headers(formPageHeaders()).redirect(context.request.url, 303);
  return true;
}

/** @throws AnsweredAlready for the second of two presses, whose code the first one has used up */
export async function throwIfAnsweredMeanwhile(
  context: InteractionContext,
  waiting: Waiting = { forMs: SECOND_PRESS_MS },
): Promise<void> {
  if (await waitForAnswer(context, waiting)) throw new AnsweredAlready();
}
