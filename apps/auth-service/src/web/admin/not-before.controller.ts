import { Body, Controller, HttpCode, Post, UseFilters } from '@nestjs/common';
import { AuthenticatedBy } from '@patient-access/platform';
import type { Administration } from '../../domain/administration/administration.ts';
import { endEverythingBefore } from '../../domain/administration/plans/not-before.ts';
import { AdministrationErrors } from './administration-errors.filter.ts';
import { AdministrationOf } from './administration.decorator.ts';
import { ADMINISTRATOR_STRATEGY } from './administrator.strategy.ts';

/** Ends all tokens, sessions and grants of a plan that are older than an instant, on the internal listener only. */
@AuthenticatedBy(ADMINISTRATOR_STRATEGY)
@UseFilters(AdministrationErrors)
@Controller('internal/admin/:tenant/not-before')
export class NotBeforeController {
  @Post()
  @HttpCode(204)
  async end(@AdministrationOf() administration: Administration, @Body() body: unknown) {
    const { tenant, ...who } = administration;
    await endEverythingBefore({ ...who, tenant: tenant.id }, body);
  }
}
