import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { inTransaction, type Pool } from '@patient-access/database';
import { POOL } from '../services/tokens.ts';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { fhirUserOf } from '../../domain/accounts/accounts.ts';
import { endGrantsOf } from '../../domain/consent/end-grants.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { FreshnessOfPlans } from '../../provider/freshness/freshness-of-plans.ts';
import { appsPage, type AppsView } from '../pages/apps.ts';
import { revokePage } from '../pages/revoke.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { memberPath } from '../../domain/urls.ts';
import { appsView, revokeView } from './apps-view.ts';
import { freshnessLines } from './freshness-lines.ts';
import { connectedApps } from './connected-apps.ts';
import {
  type TenantRequest,
  genuineForm,
  seeOther,
  sendPage,
  type SessionContext,
} from '../session/session-context.ts';

/** The page of connected apps (`management_endpoint` of SMART discovery), where a member revokes their access. */
@Public()
@Controller('auth/:tenant/apps')
export class AppsController {
  private readonly sessions: MemberSessions;
  private readonly pool: Pool;
  private readonly freshness: FreshnessOfPlans;

  constructor(sessions: MemberSessions, @Inject(POOL) pool: Pool, freshness: FreshnessOfPlans) {
    this.sessions = sessions;
    this.pool = pool;
    this.freshness = freshness;
  }

  @Get()
  async list(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Query('revoked') revoked: unknown,
  ): Promise<void> {
    await this.sessions.answer('apps', request, reply, async (context) =>
      sendPage(reply, appsPage(await this.view(context, revoked))),
    );
  }

  private async view(context: SessionContext, revoked: unknown): Promise<AppsView> {
    const [view, { feeds }] = await Promise.all([
      appsView(context, revoked),
      this.freshness.of(context.server),
    ]);
    return { ...view, freshness: freshnessLines(context, feeds) };
  }

  @Get(':grant')
  async confirm(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Param('grant') grantId: string,
  ): Promise<void> {
    await this.sessions.answer('apps', request, reply, (context) => this.ask(context, grantId));
  }

  @Post(':grant')
  async revoke(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Param('grant') grantId: string,
  ): Promise<void> {
    await this.sessions.answer('apps', request, reply, async (context) => {
      // Another site may have posted this. Nothing is revoked, and the member is asked first.
      if (genuineForm(context)?.get('action') !== 'revoke') {
        noteReason(request, 'form-refused');
        return this.ask(context, grantId, 403);
      }
      await this.end(context, grantId);
      return seeOther(reply, `${memberPath(context.server.tenant.id, 'apps')}?revoked=${grantId}`);
    });
  }

  /** Shows the confirmation page. If the grant is not live or belongs to another login, it shows the list instead. */
  private async ask(context: SessionContext, grantId: string, status?: number): Promise<FastifyReply> {
    const { server, account, reply } = context;
    const { id } = server.tenant;
    const live = await connectedApps(this.pool, id, account.sub);
    const app = live.find((each) => each.grantId === grantId);
    if (!app) return seeOther(reply, memberPath(id, 'apps'));
    return sendPage(reply, revokePage(await revokeView(context, app)), status);
  }

  private async end({ server, account, request }: SessionContext, grantId: string): Promise<void> {
    const { tenant } = server;
    const who = { sub: account.sub, fhirUser: fhirUserOf(account, tenant.fhirBase) };
    const eventContext = { requestId: request.id, tenant, address: clientAddress(request), ...who };
    const whose = { account: account.sub, likeGrant: grantId };
    await inTransaction(this.pool, (client) =>
      endGrantsOf(
        async (text, values) => (await client.query(text, values)).rows,
        whose,
        'member',
        eventContext,
      ),
    );
  }
}
