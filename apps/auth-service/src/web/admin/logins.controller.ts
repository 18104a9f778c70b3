import { Body, Delete, HttpCode, Param, Put } from '@nestjs/common';
import { z } from 'zod';
import type { Administration } from '../../domain/administration/administration.ts';
import * as logins from '../../domain/administration/logins/logins.ts';
import { AdministrationController } from './administration-controller.decorator.ts';
import { AdministrationOf } from './administration.decorator.ts';

const NewPassword = z.strictObject({ password: z.string() });

/** What the plan's staff does for somebody who cannot log in. */
@AdministrationController('logins/:login')
export class LoginsController {
  @Put('password')
  @HttpCode(204)
  async setPassword(
    @AdministrationOf() administration: Administration,
    @Param('login') login: string,
    @Body({ schema: NewPassword }) { password }: z.infer<typeof NewPassword>,
  ): Promise<void> {
    await logins.setLoginPassword(administration, login, password);
  }

  @Delete('second-factor')
  @HttpCode(204)
  async resetSecondFactor(
    @AdministrationOf() administration: Administration,
    @Param('login') login: string,
  ): Promise<void> {
    await logins.resetSecondFactor(administration, login);
  }

  @Delete('sessions')
  @HttpCode(204)
  async endSessions(
    @AdministrationOf() administration: Administration,
    @Param('login') login: string,
  ): Promise<void> {
    await logins.endLoginSessions(administration, login);
  }
}
