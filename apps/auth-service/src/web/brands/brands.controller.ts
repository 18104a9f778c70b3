import { Controller, Get, Headers, NotFoundException, Options, Param, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { digest } from '../../domain/keys/secrets.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { brandsPath } from '../../domain/urls.ts';
import { brandBundle } from '../../domain/brand/brand-bundle.ts';

/** Any web page may read it (checklist item 103). */
const OPEN = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'ETag' };
const PREFLIGHT = {
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'If-None-Match',
  'access-control-max-age': '3600',
};
const CACHE_SECONDS = 3_600;

/** Describes the plan to apps in which people choose their health plan. */
@Public()
@Controller(brandsPath(':tenant'))
export class BrandsController {
  @Options()
  preflight(@Res() reply: FastifyReply): void {
    void reply
      .code(204)
      .headers({ ...OPEN, ...PREFLIGHT })
      .send();
  }

  @Get()
  read(
    @Param('tenant', TenantPipe) { tenant }: TenantServer,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    const bundle = brandBundle(tenant);
    if (!bundle) throw new NotFoundException();
    const etag = `W/"${digest(bundle)}"`;
    const unchanged = known?.split(/, */).includes(etag);
    void reply
      .code(unchanged ? 304 : 200)
      .headers({ ...OPEN, etag, 'cache-control': `public, max-age=${CACHE_SECONDS}` })
      .type('application/fhir+json; charset=utf-8')
      .send(unchanged ? undefined : bundle);
  }
}
