import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { developerPath } from '../../domain/urls.ts';
import { LastReadsOfApps } from '../../provider/scorecard/last-reads.ts';
import { changeApp, registerNewApp, sendOwnLogo, showApp, showApps, showNewApp } from './apps.ts';
import type { DeveloperRequest } from './developer-context.ts';
import { DeveloperPages } from './developer-pages.ts';

/** The apps of a developer's account. Public for the guard of tokens: the session is asked for by {@link DeveloperPages}. */
@Public()
@Controller(developerPath(':tenant'))
export class DeveloperAppsController {
  private readonly pages: DeveloperPages;
  private readonly reads: LastReadsOfApps;

  constructor(pages: DeveloperPages, reads: LastReadsOfApps) {
    this.pages = pages;
    this.reads = reads;
  }

  @Get()
  list(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, showApps);
  }

  @Get('new')
  showNew(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, showNewApp);
  }

  @Post('new')
  register(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, registerNewApp, showNewApp);
  }

  @Get('apps/:client')
  show(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, (page) => showApp(page, this.reads));
  }

  @Post('apps/:client')
  change(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, changeApp, (page) => showApp(page, this.reads));
  }

  @Get('logos/:digest')
  logo(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, sendOwnLogo);
  }
}
