/** The page where a member says which login it is whose password she has forgotten. */
import type { FastifyReply } from 'fastify';
import { recoveryRules } from '../../domain/recovery/recovery-rules.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { askToWait } from '../pages/ask-to-wait.ts';
import { postedForm, shownAgain } from '../pages/posted-form.ts';
import { askForResetPage, resetSentPage } from '../pages/recovery.ts';
import { sendPage } from '../session/session-context.ts';
import { type RecoveryContext, recordRefusedReset } from './recovery-context.ts';

/** An address has 254 at most, a user name 128. */
const MAX_CHARACTERS = 254;

export async function showAskForReset(
  { request, reply, frame }: RecoveryContext,
  { status, problem }: { status?: number; problem?: string } = {},
): Promise<FastifyReply> {
  const typed = shownAgain(postedForm(request).get('login'));
  return sendPage(reply, askForResetPage({ ...frame, problem, typed }), status);
}

/**
 * Queues the mail. Neither the bytes of the answer nor the work for it depend on whether there is such a login: that is
 * looked up when the mail is sent (security case O43).
 */
export async function askForReset(context: RecoveryContext): Promise<FastifyReply> {
  const { services, server, request, reply, frame } = context;
  const { throttle, mails } = server.stores;
  const typed = (postedForm(request).get('login') ?? '').normalize('NFKC').trim().slice(0, MAX_CHARACTERS);
  const address = clientAddress(request);
  const rules = recoveryRules(services.throttleKey, typed.toLowerCase(), address);
  const attempt = await throttle.take(rules);
  if ('waitSeconds' in attempt) {
    if (attempt.first)
      await recordRefusedReset(context, { action: 'password-forgotten', reason: 'too-many-attempts' });
    return showAskForReset(context, { status: 429, problem: askToWait(reply, attempt, frame.texts) });
  }
  await mails.requestReset(typed, { requestId: request.id, address, language: frame.texts.language });
  return sendPage(reply, resetSentPage(frame));
}
