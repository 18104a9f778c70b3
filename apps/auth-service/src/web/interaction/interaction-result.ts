/** What an interaction keeps from one request to the next, and the one answer that it has at the end. */
import type { FastifyReply } from 'fastify';
import { errors, type Interaction } from 'oidc-provider';
import type { Account } from '../../domain/accounts/accounts.ts';
import { changeRecord, consumeRecord } from '../../domain/grants/records.ts';
import { digest } from '../../domain/keys/secrets.ts';
import { interactionPath } from '../../domain/urls.ts';
import { FIRST_FACTOR, interactionRecord } from '../../provider/adapters/record-adapter.ts';
import { ANSWERED_WITH } from '../../provider/authorization/answer-key.ts';
import { type FirstFactor, type InteractionContext, CHOSEN_PERSON } from './interaction-context.ts';
import { AnsweredAlready, giveKey } from './own-browser.ts';

/**
 * Stores the interaction as it is now.
 *
 * @param isClaimed has this request claimed the answer ({@link claimInteraction})?
 * @throws AnsweredAlready when another request has, or the interaction is over
 */
export async function keepInteraction(
  { services, server, interaction }: InteractionContext,
  { isClaimed = false } = {},
): Promise<void> {
  const record = await interactionRecord(server.tenant.id, interaction);
  if (!(await changeRecord(services.pool, record, isClaimed))) throw new AnsweredAlready();
}

/** The path of the interaction's page, without a query. */
export const pagePath = ({ server, interaction }: InteractionContext): string =>
  interactionPath(server.tenant.id, interaction.uid);

/** @param patient undefined: the member chooses again */
export const rememberPerson = async (
  context: InteractionContext,
  patient: string | undefined,
): Promise<void> => {
  context.interaction.result = patient === undefined ? undefined : { [CHOSEN_PERSON]: patient };
  await keepInteraction(context);
};

/** The field in the interaction's result for what the member has chosen on the page, but not sent yet. */
const CHOSEN = 'chosen';
/** What is kept of a form: boxes of the consent page, the person, the name of the login; never a password. */
const CONTROLS = new Set(['kind', 'sensitive', 'duration', 'member', 'login']);

/** All boxes of the largest page are less. Anybody may post a form, as often as she likes (security case O81). */
const MAX_KEPT_CHARACTERS = 2_048;

/**
 * @returns these fields of a form as a query, to keep them in the interaction; '' for more of them than any page of ours sends
 */
export function keptFields(fields: URLSearchParams, names: ReadonlySet<string>): string {
  const kept = new URLSearchParams([...fields].filter(([name]) => names.has(name))).toString();
  return kept.length > MAX_KEPT_CHARACTERS ? '' : kept;
}

/** Keeps what the posted form says, for the same page when it is shown again. */
export async function rememberChosen(context: InteractionContext, fields: URLSearchParams): Promise<void> {
  const { interaction } = context;
  interaction.result = { ...interaction.result, [CHOSEN]: keptFields(fields, CONTROLS) };
  await keepInteraction(context);
}

/** @returns the form as the member left it, if she has chosen anything on this page or changed its language */
export function chosenBefore({
  interaction,
}: Pick<InteractionContext, 'interaction'>): URLSearchParams | undefined {
  const chosen = interaction.result?.[CHOSEN];
  return typeof chosen === 'string' ? new URLSearchParams(chosen) : undefined;
}

/** @throws SessionNotFound when no password was right in this interaction */
export function requireFirstFactor({ firstFactor }: InteractionContext): FirstFactor & { account: Account } {
  const account = firstFactor?.account;
  if (!firstFactor || !account) throw new errors.SessionNotFound('no first factor');
  return { ...firstFactor, account };
}

/** Back to the first page of the login. What was proved or typed is gone, so whoever has the page may begin again. */
export async function beginAgain(context: InteractionContext): Promise<FastifyReply> {
  const { interaction, request, reply } = context;
  delete interaction.result;
  await keepInteraction(context);
  return reply.redirect(request.url, 303);
}

/** Keeps how far the login has come. Only the browser of this request goes on from there. */
export async function keepStep(
  context: InteractionContext,
  step: NonNullable<Interaction['result']>,
): Promise<void> {
  const { interaction, answerKey } = context;
  interaction.result = { ...step, [ANSWERED_WITH]: digest(answerKey) };
  await keepInteraction(context);
  giveKey(context);
}

/** Goes on to the second factor. */
export async function passFirstFactor(
  context: InteractionContext,
  firstFactor: FirstFactor,
): Promise<FastifyReply> {
  const { request, reply } = context;
  await keepStep(context, { [FIRST_FACTOR]: firstFactor });
  return reply.redirect(request.url, 303);
}

/**
 * Claims the one answer that an interaction may have. If two posts come at the same time, one of them wins (case
 * O26).
 *
 * @throws AnsweredAlready for every later post
 */
export async function claimInteraction({ services, server, interaction }: InteractionContext): Promise<void> {
  const key: [string, string, string] = [server.tenant.id, 'Interaction', digest(interaction.uid)];
  if (await consumeRecord(services.pool, key)) return;
  throw new AnsweredAlready();
}

/** Gives the interaction its result, which is not stored yet. Only the browser of this request will go on with it. */
export function setResult(
  { interaction, answerKey }: InteractionContext,
  result: NonNullable<Interaction['result']>,
): void {
  const before = 'error' in result ? {} : interaction.lastSubmission;
  interaction.result = { ...before, ...result, [ANSWERED_WITH]: digest(answerKey) };
}

/** Gives the browser the key of the stored answer, and sends it back to the authorization endpoint. */
export async function goOn(context: InteractionContext): Promise<void> {
  giveKey(context);
  await context.reply.redirect(context.interaction.returnTo, 303);
}

/** Ends the interaction with its result and sends the browser back to the authorization endpoint. */
export async function finishInteraction(
  context: InteractionContext,
  result: NonNullable<Interaction['result']>,
): Promise<void> {
  setResult(context, result);
  await keepInteraction(context, { isClaimed: true });
  await goOn(context);
}
