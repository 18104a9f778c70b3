import { Body, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import * as applications from '../../domain/administration/apps/applications.ts';
import type { Administration } from '../../domain/administration/administration.ts';
import { sendLogo } from '../logos/send-logo.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';

/** Applications of developers, for the plan's staff. */
@AdministrationController('applications')
export class ApplicationsController {
  @Get()
  async list(
    @AdministrationOf() administration: Administration,
    @Query({ schema: applications.ApplicationFilter }) filter: z.infer<typeof applications.ApplicationFilter>,
  ) {
    return { applications: await applications.describeApplications(administration, filter) };
  }

  @Get(':application')
  show(@AdministrationOf() administration: Administration, @Param('application') id: string) {
    return applications.describeApplication(administration, id);
  }

  @Get(':application/logo')
  async logo(
    @AdministrationOf() administration: Administration,
    @Param('application') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendLogo(reply, await applications.logoOfApplication(administration, id), 'no-store');
  }

  @Post(':application/ask-back')
  @HttpCode(200)
  askBack(
    @AdministrationOf() administration: Administration,
    @Param('application') id: string,
    @Body({ schema: applications.StaffWords }) words: z.infer<typeof applications.StaffWords>,
  ) {
    return applications.askBack(administration, id, words);
  }

  @Post(':application/reject')
  @HttpCode(200)
  reject(
    @AdministrationOf() administration: Administration,
    @Param('application') id: string,
    @Body({ schema: applications.StaffWords }) words: z.infer<typeof applications.StaffWords>,
  ) {
    return applications.rejectApplication(administration, id, words);
  }

  @Post(':application/approve')
  @HttpCode(200)
  approve(
    @AdministrationOf() administration: Administration,
    @Param('application') id: string,
    @Body({ schema: applications.Approval }) approval: z.infer<typeof applications.Approval>,
  ) {
    return applications.approveApplication(administration, id, approval);
  }
}
