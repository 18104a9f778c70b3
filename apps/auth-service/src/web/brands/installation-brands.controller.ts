import { Controller, Get, Headers, Inject, NotFoundException, Options, Res } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { Public } from '@patient-access/platform';
import type { FastifyReply } from 'fastify';
import { installationBundle } from '../../domain/brand/brand-bundle.ts';
import { listedPlans } from '../../domain/brand/listed-plans.ts';
import { INSTALLATION_BRANDS_PATH } from '../../domain/urls.ts';
import { Tenants } from '../../provider/tenants.ts';
import { POOL } from '../services/tokens.ts';
import { allowAnyPage, sendBundle } from './send-bundle.ts';

/** Describes those plans of this installation that want it, so that an app finds all of them at one address. */
@Public()
@Controller(INSTALLATION_BRANDS_PATH)
export class InstallationBrandsController {
  private readonly tenants: Tenants;
  private readonly pool: Pool;

  constructor(tenants: Tenants, @Inject(POOL) pool: Pool) {
    this.tenants = tenants;
    this.pool = pool;
  }

  @Options()
  preflight(@Res() reply: FastifyReply): void {
    allowAnyPage(reply);
  }

  @Get()
  async read(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    const ids = await listedPlans(this.pool);
    const servers = await Promise.all(ids.map((id) => this.tenants.get(id)));
    const bundle = installationBundle(servers.flatMap((server) => (server ? [server.tenant] : [])));
    if (!bundle) throw new NotFoundException();
    sendBundle(reply, bundle, known);
  }
}
