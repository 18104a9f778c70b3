import { Controller, Get, NotFoundException, Param, Res } from '@nestjs/common';
import { PUBLICATIONS } from '@patient-access/fhir';
import { PUBLICATION_PATH } from '@patient-access/internal-api';
import type { FastifyReply } from 'fastify';
import { INTROSPECTION_JWT_HEADERS, publicationJwtFor } from '../../provider/introspection/login-jwt.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';

/** For the gateway: the credential with which everybody reads what a plan publishes. */
@Controller(PUBLICATION_PATH)
export class PublicationsController {
  /** @throws NotFoundException where the plan does not publish it, or is suspended */
  @Get()
  read(
    @Param('tenant', TenantPipe) server: TenantServer,
    @Param('publication') asked: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    const { settings, suspended } = server.tenant;
    const name = PUBLICATIONS.find((known) => known === asked);
    if (!name || suspended || !settings.publications.includes(name)) throw new NotFoundException();
    reply.headers(INTROSPECTION_JWT_HEADERS);
    return publicationJwtFor(server, name);
  }
}
