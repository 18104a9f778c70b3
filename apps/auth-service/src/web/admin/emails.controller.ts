import { Body, Controller, Delete, HttpCode, Param, Put, UseFilters } from '@nestjs/common';
import { AuthenticatedBy } from '@patient-access/platform';
import type { z } from 'zod';
import type { Administration } from '../../domain/administration/administration.ts';
import { AccountEmail, setAccountEmail } from '../../domain/administration/logins/emails.ts';
import { AdministrationErrors } from './administration-errors.filter.ts';
import { AdministrationOf } from './administration.decorator.ts';
import { ADMINISTRATOR_STRATEGY } from './administrator.strategy.ts';

const NewEmail = AccountEmail.pick({ email: true });

/** The e-mail addresses of a plan's logins over HTTP, on the internal listener only. */
@AuthenticatedBy(ADMINISTRATOR_STRATEGY)
@UseFilters(AdministrationErrors)
@Controller('internal/admin/:tenant/accounts/:login/email')
export class EmailsController {
  @Put()
  @HttpCode(204)
  async set(
    @AdministrationOf() administration: Administration,
    @Param('login') login: string,
    @Body({ schema: NewEmail }) { email }: z.infer<typeof NewEmail>,
  ): Promise<void> {
    await setAccountEmail(administration, login, email);
  }

  @Delete()
  @HttpCode(204)
  async remove(
    @AdministrationOf() administration: Administration,
    @Param('login') login: string,
  ): Promise<void> {
    await setAccountEmail(administration, login, null);
  }
}
