import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { accessHistoryPage, accessHistoryUnavailablePage } from '../pages/access-history.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { pageOfPerson } from '../session/return-page.ts';
import { RecordUnavailable } from '../../egress/member-record.ts';
import { accessHistoryView } from './access-history-view.ts';
import {
  type TenantRequest,
  memberPageOf,
  sendPage,
  type SessionContext,
} from '../session/session-context.ts';

const RETRY_SECONDS = '30';

/** The page "Who saw my data": the audit trail of the persons of a login, in sentences. */
@Public()
@Controller('auth/:tenant/access')
export class AccessHistoryController {
  private readonly sessions: MemberSessions;

  constructor(sessions: MemberSessions) {
    this.sessions = sessions;
  }

  @Get()
  async show(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    const page = pageOfPerson('access', query);
    await this.sessions.answer(page, request, reply, (context) => this.list(context, query));
  }

  private async list(context: SessionContext, query: Record<string, unknown>): Promise<FastifyReply> {
    const { services, reply, request } = context;
    try {
      return sendPage(reply, accessHistoryPage(await accessHistoryView(context, query)));
    } catch (error) {
      if (!(error instanceof RecordUnavailable)) throw error;
      services.logger.warn({ requestId: request.id, err: error }, 'the audit trail cannot be asked');
      void reply.header('Retry-After', RETRY_SECONDS);
      return sendPage(reply, accessHistoryUnavailablePage(memberPageOf(context)), 503);
    }
  }
}
