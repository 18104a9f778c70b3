import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { type MemberRequest, pageOf, sendPage, visit } from '../member-pages/visitor.ts';
import { consoleLoginPage } from '../pages/console-login.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';

/** The door of the audit console: logging in, and out again. The console itself is audit-service's. */
@Public()
@Controller('auth/:tenant/console')
export class ConsoleLoginController {
  readonly tenants: Tenants;
  readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get()
  async open(@Req() request: MemberRequest, @Res() reply: FastifyReply): Promise<void> {
    await visit(this, 'console', request, reply, (visitor) => {
      const isAuditor = visitor.account.role === 'auditor';
      return sendPage(reply, consoleLoginPage({ ...pageOf(visitor), isAuditor }), isAuditor ? 200 : 403);
    });
  }
}
