import { Controller, Get, Inject, NotFoundException, Param, Res } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { isLogoDigest } from '../../domain/logos/logo.ts';
import { findShownLogo } from '../../domain/logos/logos.ts';
import { logoPath } from '../../domain/urls.ts';
import { POOL } from '../services/tokens.ts';
import { sendLogo } from './send-logo.ts';

/** The address names the bytes. A day and not for ever, because an app that is banned shows its logo no more. */
const CACHE = 'public, max-age=86400, immutable';

/** The logos of apps, for the pages of members. */
@Public()
@Controller(logoPath(':tenant', ':digest'))
export class LogosController {
  private readonly pool: Pool;

  constructor(@Inject(POOL) pool: Pool) {
    this.pool = pool;
  }

  @Get()
  async read(
    @Param('tenant') tenant: string,
    @Param('digest') digest: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isLogoDigest(digest)) throw new NotFoundException();
    await sendLogo(reply, await findShownLogo(this.pool, tenant, digest), CACHE);
  }
}
