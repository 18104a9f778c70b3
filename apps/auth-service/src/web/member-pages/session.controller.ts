import { Controller, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { loggedOutPage } from '../pages/logged-out.ts';
import { frameOf, rememberChoice } from '../pages/page-request.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { auditConsolePath, memberPath } from '../../domain/urls.ts';
import { type MemberRequest, postedForm, seeOther, sendPage, serverOf, visitorOf } from './visitor.ts';

/** Pages that a login can come back to, as in `memberPath`. */
const PAGES = new Set(['apps', 'access', 'security', 'console']);

/** Coming and going of members at their own pages. */
@Public()
@Controller('auth/:tenant')
export class SessionController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  /** Where the authorization endpoint sends the browser back to; its code and errors are not looked at. */
  @Get('logged-in')
  async loggedIn(
    @Req() request: MemberRequest,
    @Res() reply: FastifyReply,
    @Query('state') state: unknown,
  ): Promise<void> {
    const server = await serverOf(this.tenants, request);
    const visitor = await visitorOf(this.services, server, request, reply);
    const page = typeof state === 'string' && PAGES.has(state) ? state : 'apps';
    const { id } = server.tenant;
    if (visitor?.account.role === 'auditor' && page === 'console')
      return void seeOther(reply, auditConsolePath(id));
    void seeOther(reply, memberPath(id, visitor ? page : 'logged-out'));
  }

  @Get('logged-out')
  async loggedOut(@Req() request: MemberRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant } = await serverOf(this.tenants, request);
    rememberChoice(tenant, request, reply);
    void sendPage(reply, loggedOutPage(frameOf(tenant, request), memberPath(tenant.id, 'apps')));
  }

  /** A form of somebody else's does not even log anybody out. */
  @Post('log-out')
  async logOut(@Req() request: MemberRequest, @Res() reply: FastifyReply): Promise<void> {
    const server = await serverOf(this.tenants, request);
    const visitor = await visitorOf(this.services, server, request, reply);
    if (visitor && !postedForm(visitor)) return void seeOther(reply, memberPath(server.tenant.id, 'apps'));
    await visitor?.session.destroy();
    void seeOther(reply, memberPath(server.tenant.id, 'logged-out'));
  }
}
