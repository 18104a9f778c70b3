import { Body, Delete, HttpCode, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import type { Administration } from '../../domain/administration/administration.ts';
import { AccountEmail, setAccountEmail } from '../../domain/administration/logins/emails.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';

const NewEmail = AccountEmail.pick({ email: true });

/** The e-mail addresses of a plan's logins. */
@AdministrationController('accounts/:login/email')
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
