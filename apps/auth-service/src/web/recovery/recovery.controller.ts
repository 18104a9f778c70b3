import {
  Controller,
  ForbiddenException,
  Get,
  Inject,
  NotFoundException,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { offersRecovery } from '../../domain/recovery/recovery-rules.ts';
import { recoveryPath } from '../../domain/urls.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { answerPage } from '../pages/answer-page.ts';
import { pageFrame, rememberLanguageChoice } from '../pages/page-frame.ts';
import { isCrossSite } from '../pages/posted-form.ts';
import { serverOf } from '../services/tenant.pipe.ts';
import { askForReset, showAskForReset } from './ask-for-reset.ts';
import { choosePassword, showChoosePassword } from './choose-password.ts';
import type { RecoveryContext, RecoveryRequest } from './recovery-context.ts';

const PATH = recoveryPath(':tenant');
const LINK = `${PATH}/:token`;

type Act = (context: RecoveryContext) => Promise<FastifyReply>;

/**
 * The pages for a forgotten password. Opening one changes nothing, because scanners of mail open every link. The pages
 * redirect nowhere and take no address to return to.
 */
@Public()
@Controller()
export class RecoveryController {
  private readonly tenants: Tenants;
  private readonly services: SharedServices;

  constructor(tenants: Tenants, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.tenants = tenants;
    this.services = services;
  }

  @Get(PATH)
  async ask(@Req() request: RecoveryRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, (context) => showAskForReset(context));
  }

  @Post(PATH)
  async send(@Req() request: RecoveryRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, askForReset);
  }

  @Get(LINK)
  async open(@Req() request: RecoveryRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, showChoosePassword);
  }

  @Post(LINK)
  async save(@Req() request: RecoveryRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.answer(request, reply, choosePassword);
  }

  private async answer(request: RecoveryRequest, reply: FastifyReply, act: Act): Promise<void> {
    const server = await serverOf(this.tenants, request.params.tenant);
    const { tenant } = server;
    if (!offersRecovery(tenant)) throw new NotFoundException();
    rememberLanguageChoice(tenant, request, reply);
    const asked = { services: this.services, server, request, reply };
    await answerPage(asked, () => {
      if (request.method === 'POST' && isCrossSite(request)) throw new ForbiddenException();
      return act({ ...asked, frame: { ...pageFrame(tenant, request), tenant: tenant.id } });
    });
  }
}
