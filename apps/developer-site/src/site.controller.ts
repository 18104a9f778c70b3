import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { Public, sendCompressed } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Site } from './pages/load-site.ts';

/** Injection token of the {@link Site}. */
export const SITE = Symbol('site');

/** Serves the built files. What is not among them does not exist. */
@Public()
@Controller()
export class SiteController {
  private readonly site: Site;

  constructor(@Inject(SITE) site: Site) {
    this.site = site;
  }

  @Get('*')
  async file(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const [path = ''] = request.url.split('?');
    const file = this.site.files.get(path);
    const { headers, body, etag } = file ?? this.site.missing;
    void reply.code(file ? 200 : 404).headers({ ...headers, vary: 'accept-encoding' });
    if (file && request.headers['if-none-match'] === etag) return reply.code(304).send();
    return sendCompressed(request, reply, body);
  }
}
