import { type ArgumentsHost, BadRequestException, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ApplicationRefused } from '../../domain/applications/applications.ts';
import { NotFoundError } from '../../domain/administration/clients.ts';
import { RepairRefused } from '../../domain/administration/identities.ts';
import { AnotherPerson } from '../../domain/administration/login-rows.ts';
import { PasswordRefused } from '../../domain/administration/new-password.ts';
import { DeletionRefused } from '../../domain/administration/delete-tenant.ts';
import { SettingsRefused } from '../../domain/administration/plan-settings.ts';
import { errorLine } from '../../domain/administration/error-line.ts';
import { RegistrationError } from '../../domain/clients/registration-error.ts';

type AdministrationError =
  | AnotherPerson
  | ApplicationRefused
  | RegistrationError
  | NotFoundError
  | PasswordRefused
  | RepairRefused
  | DeletionRefused
  | SettingsRefused
  | z.ZodError
  | BadRequestException;

/** @param error of the schema pipe; its response has a message for each issue */
function issuesOf(error: BadRequestException): string {
  const { message } = error.getResponse() as { message?: string | string[] };
  return [message ?? []].flat().join('; ');
}

/** Tells an administrator in one line what was wrong. All other errors are rendered as for other routes. */
@Catch(
  AnotherPerson,
  ApplicationRefused,
  RegistrationError,
  NotFoundError,
  PasswordRefused,
  RepairRefused,
  DeletionRefused,
  SettingsRefused,
  z.ZodError,
  BadRequestException,
)
export class AdministrationErrors implements ExceptionFilter {
  catch(error: AdministrationError, host: ArgumentsHost): void {
    const missing = error instanceof NotFoundError;
    const code = error instanceof RegistrationError ? error.code : missing ? 'not_found' : 'invalid_request';
    const description = error instanceof BadRequestException ? issuesOf(error) : errorLine(error);
    host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .code(missing ? 404 : 400)
      .header('cache-control', 'no-store')
      .send({ error: code, error_description: description });
  }
}
