import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { Public } from '@patient-access/platform';
import { smartConfiguration } from '../../provider/discovery/smart-configuration.ts';
import { Tenants } from '../../provider/tenants.ts';

/** SMART discovery; the gateway serves it at `{fhirBase}/.well-known/smart-configuration`. */
@Public()
@Controller(':tenant/smart-configuration')
export class DiscoveryController {
  private readonly tenants: Tenants;

  constructor(tenants: Tenants) {
    this.tenants = tenants;
  }

  @Get()
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Header('Access-Control-Allow-Origin', '*')
  async read(@Param('tenant') id: string) {
    const server = await this.tenants.get(id);
    if (!server) throw new NotFoundException();
    return smartConfiguration(server.tenant, server.provider);
  }
}
