/** The page on which somebody types the code that the plan has sent. */
import type { FastifyReply } from 'fastify';
import { errors } from 'oidc-provider';
import { findPerson } from '../../../domain/joining/find-person.ts';
import { joinCodeRules } from '../../../domain/joining/join-rules.ts';
import { joiningKey } from '../../../domain/joining/joined.ts';
import { isLetterCode } from '../../../domain/joining/letters.ts';
import { throwIfAnsweredMeanwhile } from '../answered.ts';
import type { InteractionContext } from '../interaction-context.ts';
import { showPage } from '../show-page.ts';
import { recordJoinRefusal } from './join-event.ts';
import type { JoinState } from './join-state.ts';
import { keepJoinState } from './keep-join-state.ts';

const MAX_CODE_CHARACTERS = 40;

const CODE_KINDS = { mail: 'join-code', text: 'join-text' } as const;
const PROOFINGS = { mail: 'plan-email', text: 'plan-text', letter: 'plan-paper' } as const;

type Asked = Extract<JoinState, { step: 'join-code' }>;

/** @throws SessionNotFound when nobody has said who she is */
function requireAsked({ joining }: InteractionContext): Asked {
  if (joining?.step !== 'join-code') throw new errors.SessionNotFound('nobody asked for a code');
  return joining;
}

/** @returns why the code is not accepted, for the trail; the same work for whatever was typed */
async function judge(
  { services, server, interaction }: InteractionContext,
  { claimed, way, attempt }: Asked,
  code: string,
): Promise<{ reason?: string; member?: string }> {
  const { pool, config } = services;
  const { tenant, stores } = server;
  const keys = joiningKey(config.KEY_ENCRYPTION_KEY);
  const { found, refusal } = await findPerson(pool, keys, tenant, claimed);
  const member = found?.patient;
  const isRight =
    way === 'letter'
      ? await isLetterCode(pool, keys, tenant.id, { number: found?.number ?? '', code })
      : await stores.mails.useCode(CODE_KINDS[way], attempt, interaction.uid, code);
  if (refusal) return { reason: refusal, member };
  return isRight ? { member } : { reason: 'wrong-code', member };
}

/** Of everything that is wrong the page says the same. */
export async function enterJoinCode(
  context: InteractionContext,
  fields: URLSearchParams,
): Promise<FastifyReply> {
  const asked = requireAsked(context);
  const { services, server, interaction, texts, request, reply } = context;
  const code = (fields.get('code') ?? '').slice(0, MAX_CODE_CHARACTERS);
  const attempt = await server.stores.throttle.take(joinCodeRules(services.throttleKey, interaction.uid));
  if ('waitSeconds' in attempt) {
    if (attempt.first) await recordJoinRefusal(context, { reason: 'too-many-attempts' });
    return showPage(context, { status: 429, problem: texts.joining.tooManyCodes });
  }
  const { reason, member } = await judge(context, asked, code);
  if (reason !== undefined) {
    await throwIfAnsweredMeanwhile(context);
    await recordJoinRefusal(context, { reason, member });
    return showPage(context, { status: 400, problem: texts.joining.wrongCode });
  }
  const { claimed, way } = asked;
  const proofing = PROOFINGS[way];
  await keepJoinState(context, { step: 'join-login', claimed, proofing });
  return reply.redirect(request.url, 303);
}
