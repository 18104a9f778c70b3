import { Controller, Get, Header, Param } from '@nestjs/common';
import { SMART_CONFIGURATION_PATH } from '@patient-access/internal-api';
import { Public } from '@patient-access/platform';
import { smartConfiguration } from '../../provider/discovery/smart-configuration.ts';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';

/** SMART discovery; the gateway serves it at `{fhirBase}/.well-known/smart-configuration`. */
@Public()
@Controller(SMART_CONFIGURATION_PATH)
export class DiscoveryController {
  @Get()
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Header('Access-Control-Allow-Origin', '*')
  read(@Param('tenant', TenantPipe) { tenant, provider }: TenantServer) {
    return smartConfiguration(tenant, provider);
  }
}
