import { Body, HttpCode, Inject, Param, Put } from '@nestjs/common';
import type { Administration } from '../../domain/administration/administration.ts';
import { putPlanPerson } from '../../domain/administration/members/joiners.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import { CONFIG } from '../services/tokens.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';

type Config = Pick<SharedServices['config'], 'KEY_ENCRYPTION_KEY'>;

/** Who may make an account alone. */
@AdministrationController()
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
