import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { accessPage, accessUnavailablePage } from '../pages/access.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { TrailUnavailable } from '../../provider/audit/trail-client.ts';
import { accessView } from './access-view.ts';
import { type MemberRequest, pageOf, sendPage, visit, type Visitor } from './visitor.ts';

const RETRY_SECONDS = '30';

/** "Who saw my data": the audit trail of a login's members, in words. */
@Public()
@Controller('auth/:tenant/access')
export class AccessController {
  readonly tenants: Tenants;
  readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get()
  async show(
    @Req() request: MemberRequest,
    @Res() reply: FastifyReply,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    await visit(this, 'access', request, reply, (visitor) => this.list(visitor, query));
  }

  private async list(visitor: Visitor, query: Record<string, unknown>): Promise<FastifyReply> {
    const { reply, request } = visitor;
    try {
      return sendPage(reply, accessPage(await accessView(visitor, query)));
    } catch (error) {
      if (!(error instanceof TrailUnavailable)) throw error;
      this.services.logger.warn({ requestId: request.id, err: error }, 'the audit trail cannot be asked');
      void reply.header('Retry-After', RETRY_SECONDS);
      return sendPage(reply, accessUnavailablePage(pageOf(visitor)), 503);
    }
  }
}
