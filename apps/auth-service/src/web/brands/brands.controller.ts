import { Controller, Get, NotFoundException, Options, Param, Req, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { digest } from '../../domain/keys/secrets.ts';
import { Tenants } from '../../provider/tenants.ts';
import { brandsPath } from '../../domain/urls.ts';
import { brandBundle } from '../../domain/brand/brand-bundle.ts';

/** Any page may read it (checklist item 103). */
const OPEN = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'ETag' };
const PREFLIGHT = {
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'If-None-Match',
  'access-control-max-age': '3600',
};
const CACHE_SECONDS = 3_600;

/** How the plan presents itself to whoever chooses where their data is. */
@Public()
@Controller(brandsPath(':tenant'))
export class BrandsController {
  private readonly tenants: Tenants;

  constructor(tenants: Tenants) {
    this.tenants = tenants;
  }

  @Options()
  preflight(@Res() reply: FastifyReply): void {
    void reply
      .code(204)
      .headers({ ...OPEN, ...PREFLIGHT })
      .send();
  }

  @Get()
  async read(
    @Param('tenant') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const server = await this.tenants.get(id);
    const bundle = server && brandBundle(server.tenant);
    if (!bundle) throw new NotFoundException();
    const etag = `W/"${digest(bundle)}"`;
    const unchanged = request.headers['if-none-match']?.split(/, */).includes(etag);
    void reply
      .code(unchanged ? 304 : 200)
      .headers({ ...OPEN, etag, 'cache-control': `public, max-age=${CACHE_SECONDS}` })
      .type('application/fhir+json; charset=utf-8')
      .send(unchanged ? undefined : bundle);
  }
}
