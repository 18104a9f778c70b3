import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { developerPath } from '../../domain/urls.ts';
import {
  changeApplication,
  sendApplication,
  sendProposal,
  showApplication,
  showApply,
  showProposal,
} from './applications.ts';
import type { DeveloperRequest } from './developer-context.ts';
import { DeveloperPages } from './developer-pages.ts';

/** The applications of a developer's account. Public for the guard of tokens: the session is asked for by {@link DeveloperPages}. */
@Public()
@Controller(developerPath(':tenant'))
export class DeveloperApplicationsController {
  private readonly pages: DeveloperPages;

  constructor(pages: DeveloperPages) {
    this.pages = pages;
  }

  @Get('apply')
  showApply(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, showApply);
  }

  @Post('apply')
  apply(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, sendApplication, showApply);
  }

  @Get('applications/:application')
  show(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, showApplication);
  }

  @Post('applications/:application')
  change(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, changeApplication, showApplication);
  }

  @Get('apps/:client/change')
  showProposal(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, showProposal);
  }

  @Post('apps/:client/change')
  propose(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, sendProposal, showProposal);
  }
}
