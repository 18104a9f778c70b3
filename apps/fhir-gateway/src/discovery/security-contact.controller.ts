import { Controller, Get, Inject, Res } from '@nestjs/common';
import { noSuchAddress } from '@patient-access/fhir';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { PUBLIC_URL } from './discovery.controller.ts';

/** Injection token of where weaknesses are reported, a URI; undefined where nobody said it. */
export const SECURITY_CONTACT = Symbol('security contact');

export const SECURITY_TXT = '.well-known/security.txt';

const DAY_MS = 86_400_000;
/** RFC 9116 section 2.5.5 recommends less than a year. */
const GOOD_FOR_DAYS = 180;

/** Says where to report a weakness (RFC 9116). */
@Public()
@Controller(SECURITY_TXT)
export class SecurityContactController {
  private readonly publicUrl: string;
  private readonly contact: string | undefined;

  constructor(@Inject(PUBLIC_URL) publicUrl: string, @Inject(SECURITY_CONTACT) contact: string | undefined) {
    this.publicUrl = publicUrl;
    this.contact = contact;
  }

  @Get()
  async read(@Res() reply: FastifyReply): Promise<void> {
    if (this.contact === undefined) throw noSuchAddress();
    const midnight = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
    const lines = [
      `Contact: ${this.contact}`,
      `Expires: ${new Date(midnight + GOOD_FOR_DAYS * DAY_MS).toISOString()}`,
      'Preferred-Languages: en, es',
      `Canonical: ${this.publicUrl}/${SECURITY_TXT}`,
    ];
    return reply
      .headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'public, max-age=86400' })
      .send(`${lines.join('\n')}\n`);
  }
}
