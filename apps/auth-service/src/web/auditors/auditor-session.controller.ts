import { AUDITOR_SESSION_PATH } from '@patient-access/internal-api';
import {
  Controller,
  ForbiddenException,
  Get,
  Header,
  Inject,
  Param,
  Req,
  Res,
  UnauthorizedException,
} from '@nestjs/common';
import { INTROSPECTION_JWT_TYPE } from '@patient-access/smart';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { statementAbout } from '../../provider/introspection/login-jwt.ts';
import { visitorOf, type MemberRequest } from '../member-pages/visitor.ts';

/** The built-in client that an auditor's browser is. */
const CONSOLE = { client_id: 'audit-console', client_name: 'Audit console', grant_id: 'audit-console' };

/**
 * For the gateway: who a browser's session is, as a signed introspection response (RFC 9701). The session is to the
 * audit console what an access token is to the FHIR API.
 */
@Controller(AUDITOR_SESSION_PATH)
export class AuditorSessionController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  /** 401: nobody is logged in at this tenant. 403: somebody is who is no auditor. */
  @Get()
  @Header('Content-Type', `application/${INTROSPECTION_JWT_TYPE}`)
  @Header('Cache-Control', 'no-store')
  async whoIs(
    @Param('tenant') id: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const server = await this.tenants.get(id);
    if (!server || server.tenant.suspended) throw new UnauthorizedException();
    const visitor = await visitorOf(this.services, server, request as MemberRequest, reply);
    if (!visitor) throw new UnauthorizedException();
    const { sub, login, role } = visitor.account;
    if (role !== 'auditor') throw new ForbiddenException();
    return statementAbout(server, {
      ...CONSOLE,
      sub,
      scope: 'user/AuditEvent.rs',
      role,
      username: login,
    });
  }
}
