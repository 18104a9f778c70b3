import { type ArgumentsHost, BadRequestException, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ActRefused } from '../../domain/act-refused.ts';
import { PasswordChecksBusy } from '../../domain/accounts/password.ts';
import { NotFoundError } from '../../domain/administration/administration.ts';
import { errorLine } from '../../domain/administration/error-line.ts';
import { RegistrationError } from '../../domain/clients/registration-error.ts';

type AdministrationError =
  ActRefused | RegistrationError | NotFoundError | PasswordChecksBusy | z.ZodError | BadRequestException;

/** @param error of the schema pipe; its response has a message for each issue */
function issuesOf(error: BadRequestException): string {
  const { message } = error.getResponse() as { message?: string | string[] };
  return [message ?? []].flat().join('; ');
}

/** @returns status and code of the answer */
function kindOf(error: AdministrationError): [status: number, code: string] {
  if (error instanceof RegistrationError) return [400, error.code];
  if (error instanceof NotFoundError) return [404, 'not_found'];
  if (error instanceof PasswordChecksBusy) return [503, 'temporarily_unavailable'];
  return [400, 'invalid_request'];
}

/** Tells an administrator in one line what was wrong. All other errors are rendered as for other routes. */
@Catch(ActRefused, RegistrationError, NotFoundError, PasswordChecksBusy, z.ZodError, BadRequestException)
export class AdministrationErrors implements ExceptionFilter {
  catch(error: AdministrationError, host: ArgumentsHost): void {
    const [status, code] = kindOf(error);
    const description = error instanceof BadRequestException ? issuesOf(error) : errorLine(error);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof PasswordChecksBusy) void reply.header('retry-after', String(error.retryAfter));
    void reply
      .code(status)
      .header('cache-control', 'no-store')
      .send({ error: code, error_description: description });
  }
}
