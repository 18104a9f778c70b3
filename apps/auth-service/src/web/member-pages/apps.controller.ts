import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { inTransaction } from '@patient-access/database';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { fhirUserOf } from '../../domain/accounts/accounts.ts';
import { endGrantsOf } from '../../domain/consent/end-grants.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { appsPage } from '../pages/apps.ts';
import { revokePage } from '../pages/revoke.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { memberPath } from '../../domain/urls.ts';
import { appsView, revokeView } from './apps-view.ts';
import { connectedApps } from './connected-apps.ts';
import { type MemberRequest, postedForm, seeOther, sendPage, visit, type Visitor } from './visitor.ts';

type Act = (visitor: Visitor) => Promise<FastifyReply>;

/** The page of connected apps, `management_endpoint` of SMART discovery: what was given, and taking it back. */
@Public()
@Controller('auth/:tenant/apps')
export class AppsController {
  readonly tenants: Tenants;
  readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get()
  async list(
    @Req() request: MemberRequest,
    @Res() reply: FastifyReply,
    @Query('revoked') revoked: unknown,
  ): Promise<void> {
    await this.visit(request, reply, async (visitor) =>
      sendPage(reply, appsPage(await appsView(visitor, revoked))),
    );
  }

  @Get(':grant')
  async confirm(
    @Req() request: MemberRequest,
    @Res() reply: FastifyReply,
    @Param('grant') grantId: string,
  ): Promise<void> {
    await this.visit(request, reply, (visitor) => this.ask(visitor, grantId));
  }

  @Post(':grant')
  async revoke(
    @Req() request: MemberRequest,
    @Res() reply: FastifyReply,
    @Param('grant') grantId: string,
  ): Promise<void> {
    await this.visit(request, reply, async (visitor) => {
      // Not from this page: nothing happens, and whoever is there is asked.
      if (postedForm(visitor)?.get('action') !== 'revoke') return this.ask(visitor, grantId, 403);
      await this.end(visitor, grantId);
      return seeOther(reply, `${memberPath(visitor.server.tenant.id, 'apps')}?revoked=${grantId}`);
    });
  }

  private visit(request: MemberRequest, reply: FastifyReply, act: Act): Promise<void> {
    return visit(this, 'apps', request, reply, act);
  }

  /** Of a grant that is not live, or somebody else's, there is nothing to ask. */
  private async ask(visitor: Visitor, grantId: string, status?: number): Promise<FastifyReply> {
    const { server, account, reply } = visitor;
    const { id } = server.tenant;
    const live = await connectedApps(this.services.pool, id, account.sub);
    const app = live.find((each) => each.grantId === grantId);
    if (!app) return seeOther(reply, memberPath(id, 'apps'));
    return sendPage(reply, revokePage(await revokeView(visitor, app)), status);
  }

  private async end({ server, account, request }: Visitor, grantId: string): Promise<void> {
    const { tenant } = server;
    const who = { sub: account.sub, fhirUser: fhirUserOf(account, tenant.fhirBase) };
    const context = { requestId: request.id, tenant, address: clientAddress(request), ...who };
    const whose = { account: account.sub, likeGrant: grantId };
    await inTransaction(this.services.pool, (client) =>
      endGrantsOf(async (text, values) => (await client.query(text, values)).rows, whose, 'member', context),
    );
  }
}
