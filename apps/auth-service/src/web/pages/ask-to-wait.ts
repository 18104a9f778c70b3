import type { FastifyReply } from 'fastify';
import type { Texts } from '../../domain/pages/texts/en.ts';
import type { Refusal } from '../../domain/throttle/throttle.ts';

const MINUTE_SECONDS = 60;

/**
 * Tells a browser when to try again (`Retry-After`).
 *
 * @returns the same for the person, in minutes
 */
export function askToWait(
  reply: FastifyReply,
  { waitSeconds }: Pick<Refusal, 'waitSeconds'>,
  texts: Texts,
): string {
  void reply.header('Retry-After', String(waitSeconds));
  return texts.login.tooMany(Math.ceil(waitSeconds / MINUTE_SECONDS));
}
