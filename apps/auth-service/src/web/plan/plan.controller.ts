import { Controller, Get, Param } from '@nestjs/common';
import { PLAN_PATH, type PlanDescription } from '@patient-access/internal-api';
import type { TenantServer } from '../../provider/tenants.ts';
import { TenantPipe } from '../services/tenant.pipe.ts';

/** For the gateway: who runs a tenant's FHIR base. */
@Controller(PLAN_PATH)
export class PlanController {
  @Get()
  read(@Param('tenant', TenantPipe) { tenant: { name, settings } }: TenantServer): PlanDescription {
    const { guides, publications, requestsPerMinute, brand: { website, developerContact } = {} } = settings;
    return {
      ...{ name, guides, publications, requestsPerMinute },
      ...(website && { website }),
      ...(developerContact && { developerContact }),
    };
  }
}
