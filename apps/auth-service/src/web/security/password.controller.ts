import { Controller, ForbiddenException, Get, Post, Req, Res } from '@nestjs/common';
import { noteReason, Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { changePassword } from '../../domain/accounts/change-password.ts';
import { latestLoginChanges } from '../../domain/accounts/login-changes.ts';
import { passwordOwner, passwordProblem } from '../../domain/accounts/password-rules.ts';
import { normalizePassword } from '../../domain/accounts/password-text.ts';
import { passwordPath, securityPath } from '../../domain/urls.ts';
import type { ThrottledAttempt } from '../../domain/throttle/throttle.ts';
import { unlessBusy } from '../../domain/throttle/unless-busy.ts';
import { passwordPage } from '../pages/password.ts';
import { eventContextOf } from '../session/event-context.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import {
  genuineForm,
  memberPageOf,
  seeOther,
  sendPage,
  type SessionContext,
  type TenantRequest,
} from '../session/session-context.ts';
import { hasPassword, recordRefusedLoginAct, takeAttempt } from './login-act.ts';

interface Typed {
  current: string;
  next: string;
  again: string;
}

const ownerIn = ({ server, account }: SessionContext) => passwordOwner(server.tenant, account);

function showPage(
  context: SessionContext,
  problem?: string,
  status = problem === undefined ? 200 : 400,
): FastifyReply {
  const { minCharacters } = ownerIn(context);
  return sendPage(context.reply, passwordPage({ ...memberPageOf(context), minCharacters, problem }), status);
}

/** @returns what is wrong with the new password, whether the present one is right or not */
function problemOf(context: SessionContext, { current, next, again }: Typed): string | undefined {
  const words = context.texts.password;
  if (normalizePassword(next) !== normalizePassword(again)) return words.different;
  const owner = ownerIn(context);
  const problem = passwordProblem(next, owner);
  if (problem) return words.problems[problem](owner.minCharacters);
  return normalizePassword(next) === normalizePassword(current) ? words.same : undefined;
}

function change(
  context: SessionContext,
  attempt: ThrottledAttempt,
  { current, next }: Typed,
): Promise<boolean> {
  const { services, server, account, session } = context;
  const passwords = { current, next, session: session.uid };
  return unlessBusy(server.stores.throttle, attempt, () =>
    changePassword(services.pool, eventContextOf(context), account, passwords),
  );
}

/** The second press of a button comes after the first one has changed the password. */
const SECOND_PRESS_MS = 60_000;

async function whyWrong({ services, server, account, texts }: SessionContext): Promise<string> {
  const [latest] = await latestLoginChanges(services.pool, server.tenant.id, account.sub);
  const isNew = latest?.change === 'password-changed' && Date.now() - latest.at.getTime() < SECOND_PRESS_MS;
  return isNew ? texts.password.justChanged : texts.password.wrong;
}

async function answerForm(context: SessionContext): Promise<FastifyReply> {
  const { server, reply } = context;
  const fields = genuineForm(context);
  if (fields?.get('action') !== 'change-password') throw new ForbiddenException();
  const typed = {
    current: fields.get('current') ?? '',
    next: fields.get('next') ?? '',
    again: fields.get('again') ?? '',
  };
  const problem = problemOf(context, typed);
  if (problem !== undefined) return showPage(context, problem);
  const attempt = await takeAttempt(context);
  if ('problem' in attempt) return showPage(context, attempt.problem, 429);
  if (!(await change(context, attempt, typed))) {
    await recordRefusedLoginAct(context, { action: 'password-change', reason: 'wrong-password' });
    return showPage(context, await whyWrong(context));
  }
  await server.stores.throttle.succeeded(attempt);
  return seeOther(reply, `${securityPath(server.tenant.id)}?done=password`);
}

/** The page where a member changes the password that she knows. */
@Public()
@Controller(passwordPath(':tenant'))
export class PasswordController {
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
    await this.answer(request, reply, answerForm);
  }

  private async answer(
    request: TenantRequest,
    reply: FastifyReply,
    act: (context: SessionContext) => FastifyReply | Promise<FastifyReply>,
  ): Promise<void> {
    await this.sessions.answer('security', request, reply, (context) => {
      if (hasPassword(context)) return act(context);
      noteReason(request, 'not-found');
      return seeOther(reply, securityPath(context.server.tenant.id));
    });
  }
}
