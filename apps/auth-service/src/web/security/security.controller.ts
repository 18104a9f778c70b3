import { Controller, ForbiddenException, Get, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { fhirUserOf, ownMember } from '../../domain/accounts/accounts.ts';
import { newAccessEvent } from '../../domain/audit/access-event.ts';
import {
  type Enrolment,
  enrolmentView,
  newEnrolment,
  openEnrolment,
} from '../../domain/second-factor/enrolment.ts';
import { codeRules } from '../../domain/throttle/rules.ts';
import { securityPath } from '../../domain/urls.ts';
import { ACR } from '../../provider/authorization/login-policy.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { securityNotePage, securityPage } from '../pages/security.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import {
  genuineForm,
  memberPageOf,
  sendPage,
  type SessionContext,
  type TenantRequest,
} from '../session/session-context.ts';

const MINUTE_SECONDS = 60;

/** What the page shows besides the state of the second factor. */
interface PageState {
  status?: number;
  problem?: string;
  done?: string;
  /** the secret that the member has scanned already, when its first code was wrong */
  enrolment?: Enrolment;
}

/** @returns the reason why nothing can be changed on this page, or undefined */
function noteOf({ server, session, texts }: SessionContext): string | undefined {
  const { atPlan, notOffered } = texts.security;
  if (session.acr === ACR.plan) return atPlan;
  return server.tenant.settings.secondFactor === 'off' ? notOffered : undefined;
}

async function showPage(context: SessionContext, state: PageState = {}): Promise<FastifyReply> {
  const { services, server, account, reply } = context;
  const { tenant, stores } = server;
  const { status, problem, done, enrolment = newEnrolment() } = state;
  const factor = await stores.secondFactors.find(account.sub);
  const view = {
    ...memberPageOf(context),
    timeZone: tenant.settings.timeZone,
    problem,
    done,
    state: factor
      ? { on: factor }
      : { off: await enrolmentView(services.formKey, tenant, account, enrolment) },
  };
  return sendPage(reply, securityPage(view), status);
}

async function record(
  { services, server, account, request }: SessionContext,
  happened: { action: string; reason?: string },
): Promise<void> {
  const { tenant } = server;
  const eventContext = {
    requestId: request.id,
    tenant,
    address: clientAddress(request),
    sub: account.sub,
    fhirUser: fhirUserOf(account, tenant.fhirBase),
  };
  const outcome = happened.reason === undefined ? '0' : '4';
  const member = ownMember(account)?.patient;
  const event = newAccessEvent(eventContext, { kind: 'login', member, outcome, released: [], ...happened });
  await services.outbox.record(event);
}

async function turnOn(context: SessionContext, fields: URLSearchParams): Promise<FastifyReply> {
  const { services, server, account, texts } = context;
  const { tenant, stores } = server;
  const sealed = fields.get('enrolment') ?? '';
  const enrolment = openEnrolment(services.formKey, tenant.id, account.sub, sealed);
  const on =
    enrolment && (await stores.secondFactors.turnOn(account.sub, enrolment, fields.get('code') ?? ''));
  if (!on) return showPage(context, { status: 400, problem: texts.enrol.wrong, enrolment });
  await record(context, { action: 'second-factor-on' });
  return showPage(context, { done: texts.security.turnedOn });
}

async function turnOff(context: SessionContext, fields: URLSearchParams): Promise<FastifyReply> {
  const { services, server, account, request, reply, texts } = context;
  const { throttle, secondFactors } = server.stores;
  const rules = codeRules(services.throttleKey, account.sub, clientAddress(request));
  const attempt = await throttle.take(rules);
  if ('waitSeconds' in attempt) {
    void reply.header('Retry-After', String(attempt.waitSeconds));
    const problem = texts.login.tooMany(Math.ceil(attempt.waitSeconds / MINUTE_SECONDS));
    return showPage(context, { status: 429, problem });
  }
  if (!(await secondFactors.use(account.sub, fields.get('code') ?? ''))) {
    await record(context, { action: 'second-factor-off', reason: 'wrong-code' });
    return showPage(context, { status: 400, problem: texts.code.wrong });
  }
  await throttle.succeeded(attempt);
  await record(context, { action: 'second-factor-off' });
  await secondFactors.turnOff(account.sub);
  return showPage(context, { done: texts.security.turnedOff });
}

type Act = (context: SessionContext) => Promise<FastifyReply>;

/**
 * The page on which a member turns the second factor on and off. It uses the session of an earlier login, or asks the
 * member to log in.
 */
@Public()
@Controller(securityPath(':tenant'))
export class SecurityController {
  private readonly sessions: MemberSessions;

  constructor(sessions: MemberSessions) {
    this.sessions = sessions;
  }

  @Get()
  async show(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, (context) => showPage(context));
  }

  @Post()
  async change(@Req() request: TenantRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, async (context) => {
      const fields = genuineForm(context);
      const action = fields?.get('action');
      if (fields && action === 'turn-on') return turnOn(context, fields);
      if (fields && action === 'turn-off') return turnOff(context, fields);
      throw new ForbiddenException();
    });
  }

  private async answer(request: TenantRequest, reply: FastifyReply, act: Act): Promise<void> {
    await this.sessions.answer('security', request, reply, async (context) => {
      const note = noteOf(context);
      if (note === undefined) return act(context);
      const page = securityNotePage(memberPageOf(context), note);
      return reply.headers(SECURITY_HEADERS).type('text/html; charset=utf-8').send(page);
    });
  }
}
