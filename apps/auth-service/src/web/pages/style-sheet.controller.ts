import { Controller, Get, Res } from '@nestjs/common';
import { BARS_STYLE, CARD_STYLE } from '@patient-access/pages';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { STYLE_PATH } from '../../domain/urls.ts';
import { SECURITY_HEADERS } from '../../provider/endpoints/security-headers.ts';
import { STYLE_SHEET } from './style-sheet.ts';

const CACHE_SECONDS = 3_600;
const HEADERS = { ...SECURITY_HEADERS, 'Cache-Control': `public, max-age=${CACHE_SECONDS}` };

/** The one style sheet of all pages of all plans. */
@Public()
@Controller(STYLE_PATH)
export class StyleSheetController {
  @Get()
  read(@Res() reply: FastifyReply): void {
    void reply
      .headers(HEADERS)
      .type('text/css; charset=utf-8')
      .send(STYLE_SHEET + CARD_STYLE + BARS_STYLE);
  }
}
