import { Body, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Administration } from '../../domain/administration/administration.ts';
import { listAuditors } from '../../domain/administration/identities/auditor-links.ts';
import { listIdentities } from '../../domain/administration/identities/identities.ts';
import { confirmRepair, repairLink } from '../../domain/administration/identities/repairs.ts';
import { openTestLogin } from '../../domain/administration/identities/test-login.ts';
import { Told } from '../../domain/administration/told.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import { CONFIG } from '../services/tokens.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';
import { tell } from './tell.ts';

const Confirmation = z.strictObject({ proposal: z.string().min(1) });

/** The logins at the plan's identity provider. */
@AdministrationController()
export class IdentitiesController {
  private readonly publicUrl: string;

  constructor(@Inject(CONFIG) { PUBLIC_URL: publicUrl }: Pick<SharedServices['config'], 'PUBLIC_URL'>) {
    this.publicUrl = publicUrl;
  }

  /** @returns the address of a test login, for a browser of the plan's staff */
  @Post('test-logins')
  async openTestLogin(@AdministrationOf() administration: Administration) {
    return openTestLogin(administration, this.publicUrl);
  }

  @Get('identities')
  async list(
    @Req() request: FastifyRequest,
    @AdministrationOf() administration: Administration,
    @Query() person: object,
  ) {
    return { identities: await tell(request, await listIdentities(administration, { ...person })) };
  }

  @Get('auditor-identities')
  async listAuditors(
    @Req() request: FastifyRequest,
    @AdministrationOf() administration: Administration,
    @Query() person: object,
  ) {
    const auditors = await listAuditors(administration, { ...person });
    return { identities: await tell(request, new Told('read-identities', auditors, [])) };
  }

  /** @returns a proposal where the plan wants four eyes */
  @Post('repairs')
  @HttpCode(200)
  async repair(
    @Req() request: FastifyRequest,
    @AdministrationOf() administration: Administration,
    @Body() repair: unknown,
  ) {
    return (await tell(request, await repairLink(administration, repair))) ?? {};
  }

  @Post('repairs/confirm')
  @HttpCode(200)
  async confirm(
    @Req() request: FastifyRequest,
    @AdministrationOf() administration: Administration,
    @Body({ schema: Confirmation }) { proposal }: z.infer<typeof Confirmation>,
  ) {
    return tell(request, await confirmRepair(administration, proposal));
  }
}
