import { Controller, ForbiddenException, Get, Post, Query, Req, Res } from '@nestjs/common';
import { inTransaction } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { keepLoginChange, latestLoginChanges } from '../../domain/accounts/login-changes.ts';
import { endSession, endSessionsOf, sessionsOf } from '../../domain/accounts/sessions.ts';
import { queryOn } from '../../domain/database.ts';
import { securityPath } from '../../domain/urls.ts';
import { securityPage } from '../pages/security.ts';
import { factorResetIn } from '../session/factor-reset.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { dateAlone, momentOf } from '../session/moment.ts';
import {
  genuineForm,
  memberPageOf,
  seeOther,
  sendPage,
  type SessionContext,
  type TenantRequest,
} from '../session/session-context.ts';
import { hasPassword, isAtPlan, offersSecondStep, loginActEvent } from './login-act.ts';

/** What the address says has just been done. */
const Done = z.enum(['password', 'session', 'others']).optional().catch(undefined);
type Done = z.infer<typeof Done>;

function doneText({ texts }: SessionContext, done: Done): string | undefined {
  const { sessions, password } = texts;
  return done && { password: password.done, session: sessions.ended, others: sessions.othersEnded }[done];
}

async function secondStepOf(context: SessionContext) {
  if (!offersSecondStep(context)) return undefined;
  const factor = await context.server.stores.secondFactors.find(context.account.sub);
  return { factor, since: factor && dateAlone(context, factor.since) };
}

async function showPage(context: SessionContext, done: Done): Promise<FastifyReply> {
  const { services, server, account, session } = context;
  const [sessions, changes, secondStep] = await Promise.all([
    sessionsOf(services.pool, server.tenant.id, account.sub),
    latestLoginChanges(services.pool, server.tenant.id, account.sub),
    secondStepOf(context),
  ]);
  const page = securityPage({
    ...memberPageOf(context),
    password: hasPassword(context),
    secondStep,
    atPlan: isAtPlan(context),
    sessions: sessions.map(({ uid, browser, loggedInAt }) => ({
      uid,
      browser,
      since: momentOf(context, loggedInAt),
      here: uid === session.uid,
    })),
    changes: changes.map(({ change, at }) => ({ change, at: momentOf(context, at) })),
    factorReset: factorResetIn(context, changes),
    done: doneText(context, done),
  });
  return sendPage(context.reply, page);
}

/** Ends sessions of the login, never the one of this browser. */
async function endSessions(context: SessionContext, uid: string | null): Promise<void> {
  const { services, server, account, session } = context;
  const { id } = server.tenant;
  if (uid === session.uid) throw new ForbiddenException();
  const ended = await inTransaction(services.pool, async (db) => {
    const query = queryOn(db);
    if (uid === null) await endSessionsOf(query, id, account.sub, session.uid);
    else if (!(await endSession(query, id, account.sub, uid))) return false;
    await keepLoginChange(query, id, account.sub, 'sessions-ended');
    await db.query(recordStatement([loginActEvent(context, { action: 'sessions-end' })]));
    return true;
  });
  if (!ended) noteReason(context.request, 'not-found');
}

/** The page of what protects a login and where it is used. It takes the session of an earlier login, or sends to log in. */
@Public()
@Controller(securityPath(':tenant'))
export class SecurityController {
  private readonly sessions: MemberSessions;

  constructor(sessions: MemberSessions) {
    this.sessions = sessions;
  }

  @Get()
  async show(
    @Req() request: TenantRequest,
    @Res() reply: FastifyReply,
    @Query('done', { schema: Done }) done: Done,
  ): Promise<void> {
    await this.sessions.answer('security', request, reply, (context) => showPage(context, done));
  }

  @Post()
  async change(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.sessions.answer('security', request, reply, async (context) => {
      const fields = genuineForm(context);
      const action = fields?.get('action');
      if (!fields || (action !== 'end-session' && action !== 'end-others')) throw new ForbiddenException();
      const one = action === 'end-session';
      await endSessions(context, one ? (fields.get('session') ?? '') : null);
      return seeOther(reply, `${securityPath(context.server.tenant.id)}?done=${one ? 'session' : 'others'}`);
    });
  }
}
