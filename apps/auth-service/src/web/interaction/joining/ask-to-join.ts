/** The page on which somebody says who she is, to make an account. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { askRules, offersJoining } from '../../../domain/joining/join-rules.ts';
import { nameForms } from '../../../domain/joining/name-forms.ts';
import { type Claimed, normalizeNumber } from '../../../domain/joining/plan-person.ts';
import { clientAddress } from '../../../provider/endpoints/client-address.ts';
import { askToWait } from '../../pages/ask-to-wait.ts';
import type { InteractionContext } from '../interaction-context.ts';
import { showPage } from '../show-page.ts';
import { recordJoinRefusal } from './join-event.ts';
import { askedFor, type CodeWay, type JoinState } from './join-state.ts';
import { keepJoinState } from './keep-join-state.ts';

const MAX_NAME_CHARACTERS = 100;
const MAX_NUMBER_CHARACTERS = 80;

async function goTo(context: InteractionContext, state: JoinState): Promise<FastifyReply> {
  await keepJoinState(context, state);
  return context.reply.redirect(context.request.url, 303);
}

/** From the login to the form. */
export async function beginToJoin(context: InteractionContext): Promise<FastifyReply> {
  const { server, texts } = context;
  if (!offersJoining(server.tenant))
    return showPage(context, { status: 400, problem: texts.joining.notOffered });
  return goTo(context, { step: 'join' });
}

/** Back from the code to the form. */
export const joinAgain = (context: InteractionContext): Promise<FastifyReply> =>
  goTo(context, { step: 'join' });

/** @returns what was typed, if it can be somebody */
function claimedIn(fields: URLSearchParams): Claimed | undefined {
  const field = (name: string, most: number) => (fields.get(name) ?? '').trim().slice(0, most);
  const [year, month, day] = ['year', 'month', 'day'].map((name) => field(name, 4));
  const birthDate = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`;
  const [given, family] = [field('given', MAX_NAME_CHARACTERS), field('family', MAX_NAME_CHARACTERS)];
  const number = field('number', MAX_NUMBER_CHARACTERS);
  const isSomebody = normalizeNumber(number) !== '' && nameForms({ given, family }).length > 0;
  return isSomebody && z.iso.date().safeParse(birthDate).success
    ? { number, given, family, birthDate }
    : undefined;
}

/**
 * The answer is the same whether the plan knows such a person or not, and so is the work for it: a mail is queued, and who
 * gets it is looked up when it is sent.
 */
async function ask(
  context: InteractionContext,
  fields: URLSearchParams,
  way: CodeWay,
): Promise<FastifyReply> {
  const { services, server, request, interaction, texts, reply } = context;
  const { throttle, mails } = server.stores;
  const claimed = claimedIn(fields);
  if (!claimed) return showPage(context, { status: 400, problem: texts.joining.incomplete, posted: fields });
  const address = clientAddress(request);
  const attempt = await throttle.take(
    askRules(services.throttleKey, normalizeNumber(claimed.number), address),
  );
  if ('waitSeconds' in attempt) {
    if (attempt.first) await recordJoinRefusal(context, { reason: 'too-many-attempts' });
    return showPage(context, { status: 429, problem: askToWait(reply, attempt, texts), posted: fields });
  }
  const state = askedFor(claimed, way, request.id);
  if (way !== 'letter' && state.step === 'join-code')
    await mails.requestJoinCode(
      way === 'text' ? 'join-text' : 'join-code',
      { ...claimed, attempt: state.attempt, page: interaction.uid },
      { requestId: request.id, address, language: texts.language },
    );
  return goTo(context, state);
}

export const askByMail = (context: InteractionContext, fields: URLSearchParams): Promise<FastifyReply> =>
  ask(context, fields, 'mail');

export const askByText = (context: InteractionContext, fields: URLSearchParams): Promise<FastifyReply> =>
  ask(context, fields, 'text');

/** Nothing is sent: the letter is there. */
export const askByLetter = (context: InteractionContext, fields: URLSearchParams): Promise<FastifyReply> =>
  ask(context, fields, 'letter');
