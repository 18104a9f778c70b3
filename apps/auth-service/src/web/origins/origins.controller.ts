import { OriginQuery, ORIGINS_PATH } from '@patient-access/internal-api';
import { Controller, Get, HttpCode, Inject, NotFoundException, Param, Query } from '@nestjs/common';
import type { Pool } from '@patient-access/database';
import { POOL } from '../services/tokens.ts';

const IS_REGISTERED = {
  name: 'origin-is-registered',
  text: `SELECT 1 FROM client
          WHERE tenant = $1 AND origins @> ARRAY[$2] AND banned_at IS NULL AND expires_at > now() LIMIT 1`,
};

/** Tells the gateway whether pages of an origin may call a tenant's FHIR API (checklist item 100). */
@Controller(ORIGINS_PATH)
export class OriginsController {
  private readonly pool: Pool;

  constructor(@Inject(POOL) pool: Pool) {
    this.pool = pool;
  }

  /** 204 when a client of the tenant has a redirect URI at the origin, otherwise 404. */
  @Get()
  @HttpCode(204)
  async find(
    @Param('tenant') tenant: string,
    @Query({ schema: OriginQuery }) { origin }: OriginQuery,
  ): Promise<void> {
    const { rowCount } = await this.pool.query({ ...IS_REGISTERED, values: [tenant, origin] });
    if (rowCount === 0) throw new NotFoundException();
  }
}
