import { Controller, Get, NotFoundException, Param, Res } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';
import { stylePath } from '../../domain/urls.ts';
import { styleDocument } from '../../domain/launch/style.ts';

const OPEN_TO_ALL = { 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' };
/** A year: the document at this address never changes. */
const CACHE = { 'Cache-Control': 'public, max-age=31536000, immutable' };

/** Serves the document that `smart_style_url` names to every web page. */
@Public()
@Controller(stylePath(':tenant', ':name'))
export class SmartStyleController {
  @Get()
  async read(
    @Param('tenant', TenantPipe) { tenant }: TenantServer,
    @Param('name') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const style = styleDocument(tenant);
    if (style?.name !== name) throw new NotFoundException();
    await reply
      .headers({ ...SECURITY_HEADERS, ...OPEN_TO_ALL, ...CACHE })
      .type('application/json; charset=utf-8')
      .send(style.json);
  }
}
