/** Which browser a page of an authorization request belongs to: the one that has brought it so far (ADR 142). */
import { noteReason } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errors, type Interaction } from 'oidc-provider';
import {
  ANOTHER_LOGIN,
  ANSWERED_ELSEWHERE,
  ANSWERED_WITH,
  answerCookies,
  answerKeyOf,
  heldAnswerKey,
  isAnswered,
  newAnswerKey,
  opensAnswer,
} from '../../provider/authorization/answer-key.ts';
import { federationPath } from '../../domain/urls.ts';
import { FIRST_FACTOR } from '../../provider/adapters/record-adapter.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { postedDecision, postedForm } from '../pages/posted-form.ts';
import { JOINING } from './joining/join-state.ts';

/** What the result of an interaction has from the first step on that only one browser may go on from. */
const OF_ONE_BROWSER = [ANSWERED_WITH, FIRST_FACTOR, JOINING];

/** What is asked about a page of an interaction: see InteractionContext. */
interface OfBrowser {
  server: TenantServer;
  interaction: Interaction;
  request: FastifyRequest;
  reply: FastifyReply;
  answerKey: string;
}

/** The interaction was answered by an earlier post, or by another browser. */
export class AnsweredAlready extends errors.SessionNotFound {
  constructor() {
    super('this page was already answered');
    this.name = 'SessionNotFound';
  }
}

/**
 * @returns what a browser brings back from the plan's identity provider. It contains the provider's code, which an attacker who
 *   has only planted cookies in this browser does not know
 */
function broughtBack({ url, params }: FastifyRequest, uid: string): URLSearchParams | undefined {
  const { pathname, search, searchParams } = new URL(url, 'http://this.invalid');
  const { tenant } = params as { tenant: string };
  const isReturn = pathname === federationPath(tenant, uid) && searchParams.has('code');
  return isReturn ? new URLSearchParams({ returned: search }) : undefined;
}

/** @returns the same key each time that the same request is sent; undefined for a page that is only opened */
export function ownKeyOf(
  { formKey }: SharedServices,
  { uid }: Pick<Interaction, 'uid'>,
  request: FastifyRequest,
): string | undefined {
  const isForm = request.method === 'POST';
  const decision = isForm ? postedDecision(postedForm(request)) : broughtBack(request, uid);
  return decision && answerKeyOf(formKey, uid, decision);
}

/** The key of the answer that the request gives, if it gives one. */
export const answerKeyFor = (
  services: SharedServices,
  interaction: Interaction,
  request: FastifyRequest,
): string => ownKeyOf(services, interaction, request) ?? newAnswerKey();

/** Gives the browser the key of what its request has answered. */
export function giveKey({ server, interaction, reply, answerKey }: OfBrowser): void {
  for (const cookie of answerCookies(server.tenant, interaction.uid, answerKey))
    void reply.header('Set-Cookie', cookie);
}

/**
 * Whoever decides on a page after the login must still be logged in at this browser. The authorization endpoint would refuse
 * anybody else too, but only after the decision is stored.
 *
 * @throws SessionNotFound after a log-out, or another login, on another page
 */
export async function checkStillLoggedIn({
  server: { provider },
  interaction,
  request,
  reply,
}: Omit<OfBrowser, 'answerKey'>): Promise<void> {
  const { prompt, session: was } = interaction;
  if (prompt.name === 'login') return;
  const session = await provider.Session.get(provider.createContext(request.raw, reply.raw));
  if (was && session.uid === was.uid && session.accountId === was.accountId) return;
  noteReason(request, ANOTHER_LOGIN);
  throw new errors.SessionNotFound('another login');
}

/**
 * A login that is past its first page belongs to the browser that answered that page: the next page shows who somebody is, or
 * asks for less than she has proved. If the answer to a post was cut off, the same form may be posted again, and the browser
 * gets the key then.
 *
 * @throws AnsweredAlready for another browser
 */
export function checkBrowser(context: OfBrowser): void {
  const { server, interaction, request, answerKey } = context;
  const isStep = OF_ONE_BROWSER.some((name) => name in (interaction.result ?? {}));
  if (!isStep || isAnswered(interaction)) return;
  if (opensAnswer(interaction, answerKey)) return giveKey(context);
  if (opensAnswer(interaction, heldAnswerKey(server.tenant, request.headers.cookie))) return;
  noteReason(request, ANSWERED_ELSEWHERE);
  throw new AnsweredAlready();
}
