import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { AuthenticatedBy } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticated } from '../identity/bearer.strategy.ts';
import { type Gateway, GATEWAY } from './gateway.ts';
import { askOwner, ownerHeaders } from './owner-request.ts';
import { LOGGED_OUT, NO_AUDITOR, SESSION } from '../identity/session.strategy.ts';

type Visit = FastifyRequest<{ Params: { tenant: string } }> & {
  user: Authenticated['user'] | typeof LOGGED_OUT | typeof NO_AUDITOR;
};

const isKnown = (visit: Visit): visit is Visit & Authenticated => typeof visit.user !== 'string';

const FIRST_PAGE = 'overview';

/** Did another site lead here (Fetch Metadata)? A redirect from the plan's identity provider does, too. */
const isFromElsewhere = ({ headers }: Visit): boolean =>
  ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));

/**
 * The audit console of a tenant: pages of audit-service, for whoever is logged in as an auditor. It reads only, so
 * there is nothing but GET; a link from another site leads to its first page and no further.
 */
@AuthenticatedBy(SESSION)
@Controller('audit/:tenant')
export class ConsoleController {
  private readonly gateway: Gateway;

  constructor(@Inject(GATEWAY) gateway: Gateway) {
    this.gateway = gateway;
  }

  @Get()
  async start(@Req() visit: Visit, @Res() reply: FastifyReply): Promise<void> {
    await this.pass(visit, reply, FIRST_PAGE);
  }

  @Get('*')
  async page(@Req() visit: Visit, @Res() reply: FastifyReply): Promise<void> {
    const { tenant } = visit.params;
    const below = visit.url.slice(`/audit/${tenant}/`.length);
    if (below === '') return this.pass(visit, reply, FIRST_PAGE);
    if (below !== FIRST_PAGE && isFromElsewhere(visit)) return void reply.redirect(`/audit/${tenant}/`, 303);
    await this.pass(visit, reply, below);
  }

  private async pass(visit: Visit, reply: FastifyReply, below: string): Promise<void> {
    const { tenant } = visit.params;
    if (!isKnown(visit)) return void reply.redirect(`/auth/${tenant}/console`, 303);
    await askOwner(this.gateway, 'audit-service', visit, reply, {
      path: `/internal/console/${tenant}/${below}`,
      headers: ownerHeaders(visit),
    });
  }
}
