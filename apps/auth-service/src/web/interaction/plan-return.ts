/** A browser that comes back from the plan's identity provider, once or more often. */
import { setTimeout as delay } from 'node:timers/promises';
import { digest } from '../../domain/keys/secrets.ts';
import { takeText } from '../../domain/grants/records.ts';
import { LoginRefused } from '../../domain/federation/identity.ts';
import type { FinishedLogin, PendingLogin, PlanLogin } from '../../egress/plan-login.ts';
import type { FastifyReply } from 'fastify';
import type { JsonObject } from 'openid-client';
import { forgetLoginAtPlan } from '../federation/login-cookies.ts';
import { isNavigation } from '../pages/posted-form.ts';
import { PATIENCE_MS, throwIfAnsweredMeanwhile } from './answered.ts';
import type { InteractionContext } from './interaction-context.ts';
import { AnsweredAlready } from './own-browser.ts';

/** The field in the interaction's result while the member is at the identity provider. */
export const PENDING_LOGIN = 'pendingLogin';
/** The field in the interaction's result for the state of the last return that was asked about at the provider. */
export const RETURNED = 'returned';

/** Why a return leads only to the page, for the trail. */
export const RETURNED_BEFORE = 'returned-before';

/**
 * How long the browser waits for the answer to a return, the look for the provider's metadata included. The gateway gives up after
 * five seconds, and then the browser sees no page of ours.
 */
const RETURN_MS = 4_000;
/**
 * How long a first return asks the provider: for metadata, tokens, keys and userinfo, 2.5 seconds each. By then the browser has
 * been sent to its own address again, and waits for the second time.
 */
const AT_PROVIDER_MS = 7_000;

/** What is known of a return, also of one that is refused. */
export interface ReturnFacts {
  /** of the id_token */
  claims?: JsonObject;
  /** its state, if it is the first return with it */
  state?: string;
  /** its browser was answered before it ended */
  isAlone?: true;
  /** milliseconds since 1970 */
  readonly begun: number;
}

const timeLeft = ({ begun }: ReturnFacts, ms = RETURN_MS): number => Math.max(0, begun + ms - Date.now());

/** The browser has returned with this state before: its user has gone back, or has loaded the address again. */
export class ReturnedBefore extends Error {}

export const pendingIn = ({
  interaction,
}: Pick<InteractionContext, 'interaction'>): PendingLogin | undefined =>
  interaction.result?.[PENDING_LOGIN] as PendingLogin | undefined;

/**
 * Waits for the first return with the same state, which may still ask the provider.
 *
 * @throws AnsweredAlready when it has logged the person in
 * @throws ReturnedBefore when it was refused, or takes longer
 */
async function followFirstReturn(context: InteractionContext, state: string, forMs: number): Promise<never> {
  await throwIfAnsweredMeanwhile(context, {
    forMs,
    while: () => pendingIn(context)?.state === state,
  });
  throw new ReturnedBefore();
}

/**
 * The browser may return any number of times with the same state. Only the first return counts: it takes the nonce out of the
 * interaction, so that a stranger who comes back again and again stores nothing. The state stays, and tells a later return
 * from one that nobody has begun.
 *
 * @param facts gets the state of a first return
 * @throws LoginRefused, or an error of openid-client
 * @throws AnsweredAlready or ReturnedBefore for a later return
 */
export async function finishLogin(
  context: InteractionContext,
  login: PlanLogin,
  search: URLSearchParams,
  facts: ReturnFacts,
): Promise<FinishedLogin> {
  const { services, server, interaction } = context;
  const underway = pendingIn(context);
  const state = search.get('state');
  if (state !== null && state === interaction.result?.[RETURNED]) throw new ReturnedBefore();
  if (!underway) await throwIfAnsweredMeanwhile(context, { forMs: Math.min(PATIENCE_MS, timeLeft(facts)) });
  if (!underway || underway.state !== state) throw new LoginRefused('not-believed');
  const key: [string, string, string] = [server.tenant.id, 'Interaction', digest(interaction.uid)];
  const isFirst = underway.nonce !== '' && (await takeText(services.pool, key, underway.nonce));
  if (!isFirst) return followFirstReturn(context, state, timeLeft(facts));
  facts.state = state;
  const tooLate = delay(timeLeft(facts, AT_PROVIDER_MS), undefined, { ref: false }).then(() => {
    throw new LoginRefused('unavailable');
  });
  return Promise.race([login.finish(search, underway), tooLate]);
}

/** A reply for work that goes on after its browser was answered. */
const toNobody = (reply: FastifyReply): FastifyReply => {
  const nobody = Object.create(reply) as FastifyReply;
  return Object.assign(nobody, { header: () => nobody, redirect: () => nobody });
};

/** Lets a login go on that has nobody left to answer. The process does not end before it. */
function goOnAlone({ services, request }: InteractionContext, working: Promise<unknown>): void {
  const alone = working
    .then(() => undefined)
    .catch((error: unknown) => {
      if (!(error instanceof AnsweredAlready))
        services.logger.error({ err: error, requestId: request.id }, 'a login that went on alone failed');
    })
    .finally(() => services.goingOn.delete(alone));
  services.goingOn.add(alone);
}

/**
 * Answers a return while the gateway waits. If the provider takes longer, a browser is sent to the address of the return again:
 * there it follows the first return, which goes on and has nobody left to answer.
 *
 * @param work answers the browser by the reply of the context
 */
export async function answerInTime(
  context: InteractionContext,
  facts: ReturnFacts,
  work: () => Promise<FastifyReply | void>,
): Promise<FastifyReply | void> {
  const { server, request, reply } = context;
  const working = work();
  const late = delay(timeLeft(facts), true, { ref: false });
  const isLate = await Promise.race([working.then(() => false), late]);
  const mayGoOnAlone = facts.state !== undefined && isNavigation(request) && !reply.raw.headersSent;
  if (!isLate || !mayGoOnAlone) return working;
  context.reply = toNobody(reply);
  facts.isAlone = true;
  goOnAlone(context, working);
  // The browser cannot get this login's id_token any more, and must not log out with that of whoever was there before.
  forgetLoginAtPlan(server.tenant, reply);
  return reply.redirect(request.url, 303);
}
