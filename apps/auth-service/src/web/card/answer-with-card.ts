import type { FastifyReply } from 'fastify';
import { RecordUnavailable } from '../../egress/member-record.ts';
import { cardUnavailablePage } from '../pages/card.ts';
import type { MemberSessions } from '../session/member-sessions.ts';
import { pageOfPerson } from '../session/return-page.ts';
import {
  memberPageOf,
  sendPage,
  type SessionContext,
  type TenantRequest,
} from '../session/session-context.ts';

const RETRY_SECONDS = '30';

/**
 * An old or half card may be wrong, so there is none while the record cannot be read.
 *
 * @param person whose card, as the address or the form says
 */
export async function answerWithCard(
  sessions: MemberSessions,
  request: TenantRequest,
  reply: FastifyReply,
  person: unknown,
  act: (context: SessionContext) => Promise<FastifyReply>,
): Promise<void> {
  await sessions.answer(pageOfPerson('card', { person }), request, reply, async (context) => {
    try {
      return await act(context);
    } catch (error) {
      if (!(error instanceof RecordUnavailable)) throw error;
      context.services.logger.warn({ requestId: request.id, err: error }, 'no card can be made');
      void reply.header('Retry-After', RETRY_SECONDS);
      return sendPage(reply, cardUnavailablePage(memberPageOf(context)), 503);
    }
  });
}
