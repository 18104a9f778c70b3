import { Controller, Get, Header, HttpCode } from '@nestjs/common';
import { Public } from '@patient-access/platform';

export const FAVICON = 'favicon.ico';

const NO_CONTENT = 204;

/** Browsers ask each host for an icon. This one has none: its pages are those of many plans. */
@Public()
@Controller(FAVICON)
export class FaviconController {
  @Get()
  @HttpCode(NO_CONTENT)
  @Header('Cache-Control', 'public, max-age=86400')
  none(): void {}
}
