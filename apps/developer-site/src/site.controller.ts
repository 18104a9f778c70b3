import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { Public, sendCompressed } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Site } from './pages/site-file.ts';

/** Injection token of the {@link SiteOf}. */
export const SITE_OF = Symbol('site of');

/** @returns the site whose port a request came to */
export type SiteOf = (request: FastifyRequest) => Site;

/** Serves the built files. What is not among them does not exist. */
@Public()
@Controller()
export class SiteController {
  private readonly siteOf: SiteOf;

  constructor(@Inject(SITE_OF) siteOf: SiteOf) {
    this.siteOf = siteOf;
  }

  @Get('*')
  async file(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const site = this.siteOf(request);
    const [path = ''] = request.url.split('?');
    const file = site.files.get(path);
    const { headers, body, etag } = file ?? site.missing;
    void reply.code(file ? 200 : 404).headers({ ...headers, vary: 'accept-encoding' });
    if (file && request.headers['if-none-match'] === etag) return reply.code(304).send();
    return sendCompressed(request, reply, body);
  }
}
