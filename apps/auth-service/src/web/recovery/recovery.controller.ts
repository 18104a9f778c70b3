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
import { PlanSuspended } from '../../provider/endpoints/error-page.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { pageFrame, rememberLanguageChoice } from '../pages/page-frame.ts';
import { isCrossSite } from '../pages/posted-form.ts';
import { sendErrorPage } from '../pages/send-error-page.ts';
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
    const server = await this.tenants.get(request.params.tenant);
    if (!server || !offersRecovery(server.tenant)) throw new NotFoundException();
    const { services } = this;
    const { tenant } = server;
    rememberLanguageChoice(tenant, request, reply);
    try {
      if (tenant.suspended) throw new PlanSuspended();
      if (request.method === 'POST' && isCrossSite(request)) throw new ForbiddenException();
      await act({
        services,
        server,
        request,
        reply,
        frame: { ...pageFrame(tenant, request), tenant: tenant.id },
      });
    } catch (error) {
      sendErrorPage(services, server, request, reply, error);
    }
  }
}
