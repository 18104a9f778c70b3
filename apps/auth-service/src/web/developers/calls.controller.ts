import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { appDisplayName } from '../../domain/apps/app-name.ts';
import type { TrailOfCalls } from '../../domain/developers/calls.ts';
import { listOwnApps } from '../../domain/developers/own-clients.ts';
import { developerPath } from '../../domain/urls.ts';
import { trailOfCalls } from '../../egress/trail-of-calls.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { sendPage } from '../session/session-context.ts';
import { type DeveloperRequest, type OwnPage, parameterOf, workOf } from './developer-context.ts';
import { DeveloperPages } from './developer-pages.ts';
import { callsPage } from './pages/calls.ts';

const RequestId = z.uuid();

/** Why did this call fail? The trail answers, for the apps of the account alone. */
@Public()
@Controller(developerPath(':tenant', 'calls'))
export class DeveloperCallsController {
  private readonly pages: DeveloperPages;
  private readonly services: SharedServices;
  private readonly trail: TrailOfCalls;

  constructor(pages: DeveloperPages, @Inject(SHARED_SERVICES) services: SharedServices) {
    this.pages = pages;
    this.services = services;
    this.trail = trailOfCalls(services.config);
  }

  @Get()
  show(@Req() request: DeveloperRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.pages.answerOwn(request, reply, (page) => this.showCalls(page));
  }

  private async showCalls(page: OwnPage): Promise<FastifyReply> {
    const only = parameterOf(page, 'only');
    const apps = await listOwnApps(workOf(page));
    const names = new Map(apps.map(({ id, metadata }) => [id, appDisplayName(metadata.client_name)]));
    const wanted = (parameterOf(page, 'request') ?? '').trim().toLowerCase();
    const isId = RequestId.safeParse(wanted).success;
    const calls =
      wanted !== '' && !isId
        ? []
        : await this.trail
            .calls(page.frame.tenant, [...names.keys()], {
              ...(isId && { request: wanted }),
              ...(only === 'refused' && { only }),
            })
            .catch((error: unknown) => void this.services.logger.warn({ err: error }, 'calls of apps'));
    return sendPage(page.reply, callsPage(page.frame, { calls: calls ?? undefined, names, request: wanted }));
  }
}
