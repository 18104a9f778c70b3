import { Controller, Get, HttpCode, Inject, NotFoundException, Param, Query } from '@nestjs/common';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';

const MAX_ORIGIN_CHARACTERS = 512;

const IS_REGISTERED = {
  name: 'origin-is-registered',
  text: `SELECT 1 FROM client
          WHERE tenant = $1 AND origins @> ARRAY[$2] AND banned_at IS NULL AND expires_at > now() LIMIT 1`,
};

/** For the gateway: may pages of an origin call a tenant's FHIR API (checklist item 100)? */
@Controller('internal/:tenant/origins')
export class OriginsController {
  private readonly services: SharedServices;

  constructor(@Inject(SHARED_SERVICES) services: SharedServices) {
    this.services = services;
  }

  /** 204 when a client of the tenant has a redirect URI there, otherwise 404. */
  @Get()
  @HttpCode(204)
  async find(@Param('tenant') tenant: string, @Query('origin') origin: unknown): Promise<void> {
    const asked = typeof origin === 'string' ? origin.slice(0, MAX_ORIGIN_CHARACTERS) : '';
    const { rowCount } = await this.services.pool.query({ ...IS_REGISTERED, values: [tenant, asked] });
    if (rowCount === 0) throw new NotFoundException();
  }
}
