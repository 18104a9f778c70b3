import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import {
  type MemberRequest,
  pageOf,
  sendPage,
  sendToLogin,
  serverOf,
  visitorOf,
} from '../member-pages/visitor.ts';
import { consoleDoorPage } from '../pages/console-door.ts';
import { PlanSuspended } from '../pages/error.ts';
import { sendFailure } from '../pages/failure.ts';
import { SERVICES, type Services } from '../tenant/tenant.ts';
import { Tenants } from '../tenant/tenants.ts';

/** The door of the audit console: logging in, and out again. The console itself is audit-service's. */
@Public()
@Controller('auth/:tenant/console')
export class ConsoleDoorController {
  private readonly tenants: Tenants;
  private readonly services: Services;

  constructor(tenants: Tenants, @Inject(SERVICES) services: Services) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get()
  async open(@Req() request: MemberRequest, @Res() reply: FastifyReply): Promise<void> {
    const server = await serverOf(this.tenants, request);
    try {
      if (server.tenant.suspended) throw new PlanSuspended();
      const visitor = await visitorOf(this.services, server, request, reply);
      if (!visitor) return void sendToLogin(server, reply, 'console');
      const isAuditor = visitor.account.role === 'auditor';
      sendPage(reply, consoleDoorPage({ ...pageOf(visitor), isAuditor }), isAuditor ? 200 : 403);
    } catch (error) {
      sendFailure(this.services, server, request, reply, error);
    }
  }
}
