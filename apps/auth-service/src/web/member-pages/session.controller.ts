import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { auditConsolePath, logOutAtPlanPath, memberPath } from '../../domain/urls.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { hasLoggedOut, loginAtPlan, rememberLogOut } from '../federation/login-cookies.ts';
import { loggedOutPage } from '../pages/logged-out.ts';
import { pageFrame, rememberLanguageChoice } from '../pages/page-frame.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { ReturnPage } from '../session/return-page.ts';
import { genuineForm, seeOther, sendPage, type TenantRequest } from '../session/session-context.ts';

/** The end of a login for one of the member's own pages, and the log-out. */
@Public()
@Controller('auth/:tenant')
export class SessionController {
  private readonly sessions: MemberSessions;
  private readonly services: SharedServices;

  constructor(sessions: MemberSessions, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.sessions = sessions;
    this.services = services;
  }

  /** The authorization endpoint sends the browser back to this address. The code and the errors are ignored. */
  @Get('logged-in')
  async loggedIn(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Query('state', { schema: ReturnPage }) page: ReturnPage,
  ): Promise<void> {
    const context = await this.sessions.find(server, request, reply);
    const { id } = server.tenant;
    const toConsole = context?.account.role === 'auditor' && page === 'console';
    void seeOther(reply, toConsole ? auditConsolePath(id) : memberPath(id, context ? page : 'logged-out'));
  }

  @Get('logged-out')
  loggedOut(
    @Param('tenant', TenantPipe) { tenant }: TenantServer,
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
  ): void {
    rememberLanguageChoice(tenant, request, reply);
    // Whoever logged in at the plan's identity provider is logged out there as well. See log-out-at-plan.controller.ts.
    const isAtPlan = loginAtPlan(this.services.formKey, tenant, request) !== undefined;
    if (isAtPlan && hasLoggedOut(tenant, request))
      void reply.header('refresh', `0; url=${logOutAtPlanPath(tenant.id)}`);
    void sendPage(reply, loggedOutPage(pageFrame(tenant, request), memberPath(tenant.id, 'apps')));
  }

  /**
   * A form of another site cannot log anybody out. A page of ours can that has been open since before the last login here: its
   * token is of another session, and the browser says whose page it is.
   */
  @Post('log-out')
  async logOut(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { id } = server.tenant;
    const context = await this.sessions.find(server, request, reply);
    const isOurs = request.headers['sec-fetch-site'] === 'same-origin';
    if (context && !isOurs && !genuineForm(context)) {
      noteReason(request, 'form-refused');
      return void seeOther(reply, memberPath(id, 'apps'));
    }
    await context?.session.destroy();
    if (context || isOurs) rememberLogOut(server.tenant, reply);
    void seeOther(reply, memberPath(id, 'logged-out'));
  }
}
