import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { developerPath } from '../../domain/urls.ts';
import { sendPage } from '../session/session-context.ts';
import type { DeveloperRequest } from './developer-context.ts';
import { DeveloperPages } from './developer-pages.ts';
import { savePassword, sendLink, showNewPassword } from './join.ts';
import { logInDeveloper, logOutDeveloper } from './login.ts';
import { developerLoginPage, joinPage } from './pages/account.ts';

/** The account of a developer: made, opened and left. */
@Public()
@Controller(developerPath(':tenant'))
export class DeveloperAccountController {
  private readonly pages: DeveloperPages;

  constructor(pages: DeveloperPages) {
    this.pages = pages;
  }

  @Get('login')
  showLogin(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answer(request, reply, ({ frame }) => sendPage(reply, developerLoginPage(frame, {})));
  }

  @Post('login')
  logIn(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answer(request, reply, logInDeveloper);
  }

  @Post('logout')
  logOut(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, logOutDeveloper);
  }

  @Get('join')
  showJoin(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answer(request, reply, ({ frame }) => sendPage(reply, joinPage(frame, {})));
  }

  @Post('join')
  sendLink(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answer(request, reply, sendLink);
  }

  @Get('join/:token')
  openLink(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answer(request, reply, showNewPassword);
  }

  @Post('join/:token')
  savePassword(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answer(request, reply, savePassword);
  }
}
