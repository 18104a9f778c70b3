import { Controller, ForbiddenException, Get, Post, Query, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { memberPath } from '../../domain/urls.ts';
import { emailNotePage } from '../pages/email.ts';
import { isAtPlan } from '../security/login-act.ts';
import { MemberSessions } from '../session/member-sessions.ts';
import { genuineForm, memberPageOf, sendPage, type SessionContext } from '../session/session-context.ts';
import { changeEmail, forgetEmail, showEmail } from './change-email.ts';
import { confirmAddress, showConfirmation } from './confirm-email.ts';

type EmailRequest = FastifyRequest<{ Params: { tenant: string; token?: string }; Body: unknown }>;
type Act = (context: SessionContext) => Promise<FastifyReply>;

const PATH = memberPath(':tenant', 'email');
const LINK = `${PATH}/:token`;

/** The token of a link, and nothing that would be another page. */
const TOKEN = /^[\w-]{43}$/;

/** The page where a member sees and changes the e-mail address of her login, and the page behind the link of a mail. */
@Public()
@Controller()
export class EmailController {
  private readonly sessions: MemberSessions;

  constructor(sessions: MemberSessions) {
    this.sessions = sessions;
  }

  @Get(PATH)
  async show(
    @Req() request: EmailRequest,
    @Res() reply: FastifyReply,
    @Query('done') done: unknown,
  ): Promise<void> {
    await this.answer(request, reply, (context) =>
      showEmail(context, done === 'confirmed' ? { done: context.texts.email.confirmed } : {}),
    );
  }

  @Post(PATH)
  async change(@Req() request: EmailRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, async (context) => {
      const fields = genuineForm(context);
      const action = fields?.get('action');
      if (fields && action === 'change') return changeEmail(context, fields);
      if (fields && action === 'remove') return forgetEmail(context, fields);
      throw new ForbiddenException();
    });
  }

  @Get(LINK)
  async open(@Req() request: EmailRequest, @Res() reply: FastifyReply): Promise<void> {
    const { token = '' } = request.params;
    await this.answer(request, reply, (context) => showConfirmation(context, token));
  }

  @Post(LINK)
  async confirm(@Req() request: EmailRequest, @Res() reply: FastifyReply): Promise<void> {
    const { token = '' } = request.params;
    await this.answer(request, reply, async (context) => {
      if (!genuineForm(context)) throw new ForbiddenException();
      return confirmAddress(context, token);
    });
  }

  private async answer(request: EmailRequest, reply: FastifyReply, act: Act): Promise<void> {
    const { token = '' } = request.params;
    const page = TOKEN.test(token) ? `email/${token}` : 'email';
    await this.sessions.answer(page, request, reply, async (context) => {
      const { server, account, texts } = context;
      const { atPlan, notOffered } = texts.email;
      const here = !isAtPlan(context) && account.role === 'member';
      if (here && server.tenant.settings.mail) return act(context);
      return sendPage(reply, emailNotePage(memberPageOf(context), here ? notOffered : atPlan));
    });
  }
}
