import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { noSuchAddress } from '@patient-access/fhir';
import { html, type Html } from '@patient-access/pages';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { DEVELOPERS_URL, PUBLIC_URL } from './discovery.controller.ts';

/** Where people look who know the host alone. */
export const ENTRANCES = ['/', '/docs', '/developers'] as const;

const HTML = /\btext\/html\b/i;
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-cache',
  vary: 'accept',
};

/** For an installation without a developer site. Like every page of this host, it has no script. */
const page = (publicUrl: string): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Patient Access API</title>
      </head>
      <body>
        <main>
          <h1>Patient Access API</h1>
          <p>
            This host is for apps that members of a health plan have connected. It has no pages for people.
          </p>
          <p>
            Members: your plan’s own website leads to your connected apps. Developers: ask the plan for its
            FHIR base, and see <a href="${publicUrl}/docs/errors">what each error means</a>.
          </p>
        </main>
      </body>
    </html> `;

/** Leads a browser that knows the host alone to the pages for app developers. A program finds nothing here. */
@Public()
@Controller()
export class EntranceController {
  private readonly publicUrl: string;
  private readonly developersUrl: string | undefined;

  constructor(
    @Inject(PUBLIC_URL) publicUrl: string,
    @Inject(DEVELOPERS_URL) developersUrl: string | undefined,
  ) {
    this.publicUrl = publicUrl;
    this.developersUrl = developersUrl;
  }

  @Get([...ENTRANCES])
  async enter(@Headers('accept') accept: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    if (!HTML.test(accept ?? '')) throw noSuchAddress();
    if (this.developersUrl === undefined)
      return reply.headers(PAGE_HEADERS).send(page(this.publicUrl).markup);
    return reply
      .headers({ 'cache-control': 'no-cache', vary: 'accept' })
      .redirect(`${this.developersUrl}/`, 302);
  }
}
