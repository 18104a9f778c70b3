import { Body, HttpCode, Post } from '@nestjs/common';
import type { Administration } from '../../domain/administration/administration.ts';
import { endEverythingBefore } from '../../domain/administration/plans/not-before.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';

/** Ends all tokens, sessions and grants of a plan that are older than an instant. */
@AdministrationController('not-before')
export class NotBeforeController {
  @Post()
  @HttpCode(204)
  async end(@AdministrationOf() administration: Administration, @Body() body: unknown) {
    const { tenant, ...who } = administration;
    await endEverythingBefore({ ...who, tenant: tenant.id }, body);
  }
}
