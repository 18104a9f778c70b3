import { Controller, Get, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { type TenantRequest, memberPageOf, sendPage } from '../session/session-context.ts';
import { CONSOLE_PAGE } from '../../provider/clients/member-pages-client.ts';
import { consoleLoginPage } from '../pages/console-login.ts';
import { MemberSessions } from '../session/member-sessions.ts';

/** The page on which auditors log in and out. audit-service serves the audit console itself. */
@Public()
@Controller('auth/:tenant/console')
export class ConsoleLoginController {
  private readonly sessions: MemberSessions;

  constructor(sessions: MemberSessions) {
    this.sessions = sessions;
  }

  @Get()
  async open(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.sessions.answer(CONSOLE_PAGE, request, reply, (context) => {
      const isAuditor = context.account.role === 'auditor';
      return sendPage(
        reply,
        consoleLoginPage({ ...memberPageOf(context), isAuditor }),
        isAuditor ? 200 : 403,
      );
    });
  }
}
