import { applyDecorators, Controller, UseFilters } from '@nestjs/common';
import { AuthenticatedBy } from '@patient-access/platform';
import { AdministrationErrors } from './administration-errors.filter.ts';
import { ADMINISTRATOR_STRATEGY } from './administrator.strategy.ts';

/**
 * A controller for the administrators of one plan, on the internal listener only.
 *
 * @param path below that of the plan; left out: at the plan itself
 */
export const AdministrationController = (path = '') =>
  applyDecorators(
    AuthenticatedBy(ADMINISTRATOR_STRATEGY),
    UseFilters(AdministrationErrors),
    Controller(`internal/admin/:tenant/${path}`),
  );
