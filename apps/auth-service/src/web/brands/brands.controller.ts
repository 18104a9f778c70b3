import { Controller, Get, Headers, NotFoundException, Options, Param, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { brandBundle } from '../../domain/brand/brand-bundle.ts';
import { brandsPath } from '../../domain/urls.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { allowAnyPage, sendBundle } from './send-bundle.ts';

/** Describes the plan to apps in which people choose their health plan. */
@Public()
@Controller(brandsPath(':tenant'))
export class BrandsController {
  @Options()
  preflight(@Res() reply: FastifyReply): void {
    allowAnyPage(reply);
  }

  @Get()
  read(
    @Param('tenant', TenantPipe) { tenant }: TenantServer,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    const bundle = brandBundle(tenant);
    if (!bundle) throw new NotFoundException();
    sendBundle(reply, bundle, known);
  }
}
