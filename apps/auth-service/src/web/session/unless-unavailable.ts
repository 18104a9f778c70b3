import type { FastifyReply } from 'fastify';
import { RecordUnavailable } from '../../egress/member-record.ts';
import { recordUnavailablePage } from '../pages/record-unavailable.ts';
import { memberPageOf, sendPage, type SessionContext } from './session-context.ts';

const RETRY_SECONDS = '30';
const LOGGED = { card: 'no card can be made', access: 'the audit trail cannot be asked' };

/** @returns `act`, in whose place a page says so while the record that `page` shows cannot be read */
export const unlessUnavailable =
  (page: 'access' | 'card', act: (context: SessionContext) => Promise<FastifyReply>) =>
  async (context: SessionContext): Promise<FastifyReply> => {
    try {
      return await act(context);
    } catch (error) {
      if (!(error instanceof RecordUnavailable)) throw error;
      const { services, request, reply } = context;
      services.logger.warn({ requestId: request.id, err: error }, LOGGED[page]);
      void reply.header('Retry-After', RETRY_SECONDS);
      return sendPage(reply, recordUnavailablePage(memberPageOf(context), page), 503);
    }
  };
