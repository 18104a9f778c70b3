import { Body, Controller, HttpCode, Inject, Param, Put, UseFilters } from '@nestjs/common';
import { AuthenticatedBy } from '@patient-access/platform';
import type { Administration } from '../../domain/administration/administration.ts';
import { putPlanPerson } from '../../domain/administration/members/joiners.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import { CONFIG } from '../services/tokens.ts';
import { AdministrationErrors } from './administration-errors.filter.ts';
import { AdministrationOf } from './administration.decorator.ts';
import { ADMINISTRATOR_STRATEGY } from './administrator.strategy.ts';

type Config = Pick<SharedServices['config'], 'KEY_ENCRYPTION_KEY'>;

/** Who may make an account alone, on the internal listener only. */
@AuthenticatedBy(ADMINISTRATOR_STRATEGY)
@UseFilters(AdministrationErrors)
@Controller('internal/admin/:tenant')
export class JoinersController {
  private readonly masters: Config['KEY_ENCRYPTION_KEY'];

  constructor(@Inject(CONFIG) { KEY_ENCRYPTION_KEY: masters }: Config) {
    this.masters = masters;
  }

  @Put('people/:number')
  @HttpCode(204)
  async put(
    @AdministrationOf() administration: Administration,
    @Param('number') number: string,
    @Body() person: unknown,
  ) {
    await putPlanPerson(administration, this.masters, number, person);
  }
}
