import { AUDITOR_SESSION_PATH } from '@patient-access/internal-api';
import { Controller, ForbiddenException, Get, Param, Req, Res, UnauthorizedException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { MemberSessions } from '../session/member-sessions.ts';
import { INTROSPECTION_JWT_HEADERS, introspectionJwtFor } from '../../provider/introspection/login-jwt.ts';
import { Tenants } from '../../provider/tenants.ts';
import type { TenantRequest } from '../session/session-context.ts';

/** An auditor's browser counts as a client: this one is built in. */
const CONSOLE = { client_id: 'audit-console', client_name: 'Audit console', grant_id: 'audit-console' };

/**
 * Tells the gateway who is logged in at an auditor's browser, as an introspection JWT (RFC 9701). The session opens
 * the audit console, as an access token opens the FHIR API.
 */
@Controller(AUDITOR_SESSION_PATH)
export class AuditorSessionController {
  private readonly tenants: Tenants;
  private readonly sessions: MemberSessions;

  constructor(tenants: Tenants, sessions: MemberSessions) {
    this.tenants = tenants;
    this.sessions = sessions;
  }

  /** 401 when nobody is logged in at this tenant; 403 when the person is not an auditor. */
  @Get()
  async whoIs(
    @Param('tenant') id: string,
    @Req() request: TenantRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const server = await this.tenants.get(id);
    if (!server || server.tenant.suspended) throw new UnauthorizedException();
    const context = await this.sessions.find(server, request, reply);
    if (!context) throw new UnauthorizedException();
    const { sub, login, role } = context.account;
    if (role !== 'auditor') throw new ForbiddenException();
    reply.headers(INTROSPECTION_JWT_HEADERS);
    return introspectionJwtFor(server, {
      ...CONSOLE,
      sub,
      scope: 'user/AuditEvent.rs',
      role,
      username: login,
    });
  }
}
