import { Controller, ForbiddenException, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { POOL } from '../services/tokens.ts';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { FreshnessOfPlans } from '../../provider/freshness/freshness-of-plans.ts';
import { LastReadsOfApps } from '../../provider/scorecard/last-reads.ts';
import { appsPage, type AppsView } from '../pages/apps.ts';
import { revokePage } from '../pages/revoke.ts';
import { postedForm } from '../pages/posted-form.ts';
import { KIND_FIELD, TAKE_BACK } from '../pages/unread.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { GRANT_ID } from '../../domain/consent/grant-id.ts';
import { memberPath } from '../../domain/urls.ts';
import { appsView, revokeView } from './apps-view.ts';
import { freshnessLines } from './freshness-lines.ts';
import { revoke, takeBack } from './change-access.ts';
import { connectedApps, sameApp } from './connected-apps.ts';
import {
  type TenantRequest,
  genuineForm,
  seeOther,
  sendPage,
  type SessionContext,
} from '../session/session-context.ts';

/** The list, which says that nothing was taken back: whoever takes a part back is not asked whether all shall end. */
const NOTHING = 'nothing';
const UNCHANGED = `apps?changed=${NOTHING}`;

/** Where a member is asked whether an access shall end, if the path names one that there may be. */
const pageOf = (grantId: string): string => (GRANT_ID.test(grantId) ? `apps/${grantId}` : 'apps');

/** The page of connected apps (`management_endpoint` of SMART discovery), where a member revokes their access. */
@Public()
@Controller('auth/:tenant/apps')
export class AppsController {
  private readonly sessions: MemberSessions;
  private readonly pool: Pool;
  private readonly freshness: FreshnessOfPlans;

  private readonly reads: LastReadsOfApps;

  constructor(
    sessions: MemberSessions,
    @Inject(POOL) pool: Pool,
    freshness: FreshnessOfPlans,
    reads: LastReadsOfApps,
  ) {
    this.sessions = sessions;
    this.pool = pool;
    this.freshness = freshness;
    this.reads = reads;
  }

  @Get()
  async list(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Query('changed') changed: unknown,
  ): Promise<void> {
    await this.sessions.answer('apps', request, reply, async (context) =>
      sendPage(reply, appsPage(await this.view(context, changed))),
    );
  }

  private async view(context: SessionContext, changed: unknown): Promise<AppsView> {
    const { server } = context;
    const [view, { feeds }] = await Promise.all([
      appsView(context, changed, this.reads),
      this.freshness.of(server),
    ]);
    return { ...view, isUnchanged: changed === NOTHING, freshness: freshnessLines(context, feeds) };
  }

  @Get(':grant')
  async confirm(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Param('grant') grantId: string,
  ): Promise<void> {
    await this.sessions.answer(pageOf(grantId), request, reply, (context) => this.ask(context, grantId));
  }

  @Post(':grant')
  async change(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Param('grant') grantId: string,
  ): Promise<void> {
    const revokes = postedForm(request).get('action') === 'revoke';
    const page = revokes ? pageOf(grantId) : UNCHANGED;
    const act = async (context: SessionContext): Promise<FastifyReply> => {
      const fields = genuineForm(context);
      const action = fields?.get('action');
      // Another site may have posted this. Nothing is changed, and the member is asked first.
      if (!fields || (action !== 'revoke' && action !== TAKE_BACK)) {
        noteReason(request, 'form-refused');
        // Whoever takes a part back is not asked whether all shall end.
        if (!revokes) throw new ForbiddenException();
        return this.ask(context, grantId, { status: 403, problem: context.texts.apps.asksAgain });
      }
      const changed =
        action === TAKE_BACK
          ? await takeBack(context, grantId, new Set(fields.getAll(KIND_FIELD)))
          : await revoke(context, grantId);
      const apps = memberPath(context.server.tenant.id, 'apps');
      if (changed === undefined) noteReason(request, 'not-found');
      // A second press of "Revoke access" ends nothing, and reads what the first one did.
      const shown = changed ?? (revokes && GRANT_ID.test(grantId) ? grantId : undefined);
      return seeOther(reply, shown === undefined ? apps : `${apps}?changed=${shown}`);
    };
    await this.sessions.answer(page, request, reply, act, { asksAgain: true });
  }

  /** Shows the confirmation page. If the app has no access, or the grant belongs to another login, it shows the list instead. */
  private async ask(
    context: SessionContext,
    grantId: string,
    { status, problem }: { status?: number; problem?: string } = {},
  ): Promise<FastifyReply> {
    const { server, account, request, reply } = context;
    const { id } = server.tenant;
    const { sub } = account;
    const [live, isNamed] = await Promise.all([
      connectedApps(this.pool, id, sub),
      sameApp(this.pool, id, { sub, grantId }),
    ]);
    const app = live.find(isNamed);
    if (!app) {
      noteReason(request, 'not-found');
      return seeOther(reply, memberPath(id, 'apps'));
    }
    // The page that led here is of before the newest agreement.
    if (app.grantId !== grantId && problem === undefined)
      return seeOther(reply, `${memberPath(id, 'apps')}/${app.grantId}`);
    return sendPage(reply, revokePage({ ...(await revokeView(context, app)), problem }), status);
  }
}
