import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { accessHistoryPage } from '../pages/access-history.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { pageOfPerson } from '../session/return-page.ts';
import { unlessUnavailable } from '../session/unless-unavailable.ts';
import { accessHistoryView } from './access-history-view.ts';
import { sendPage, type TenantRequest } from '../session/session-context.ts';

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
    const list = unlessUnavailable('access', async (context) =>
      sendPage(reply, accessHistoryPage(await accessHistoryView(context, query))),
    );
    await this.sessions.answer(pageOfPerson('access', query), request, reply, list);
  }
}
