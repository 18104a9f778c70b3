import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { matchesEtag, Public, sendCompressed } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Site } from './pages/site-file.ts';

/** Injection token of the {@link SiteOf}. */
export const SITE_OF = Symbol('site of');

/** @returns the site whose port a request came to */
export type SiteOf = (request: FastifyRequest) => Site;

/** Answers with the page for a path that does not exist, which leads back to the others. */
export async function sendMissing(
  { missing: { headers, body } }: Site,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  void reply.code(404).headers({ ...headers, vary: 'accept-encoding' });
  await sendCompressed(request, reply, body);
}

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
    if (!file) return sendMissing(site, request, reply);
    const { headers, body, etag } = file;
    void reply.headers({ ...headers, vary: 'accept-encoding' });
    const { 'if-none-match': known } = request.headers;
    if (known !== undefined && matchesEtag(known, etag)) return reply.code(304).send();
    return sendCompressed(request, reply, body);
  }
}
