import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { RegistrationError } from '../../domain/clients/registration-error.ts';
import { NotFoundError } from '../../domain/administration/clients.ts';
import { errorLine } from '../../domain/administration/error-line.ts';

/** What an administrator did wrong, in one line; everything else is rendered as everywhere. */
@Catch(RegistrationError, NotFoundError, z.ZodError)
export class AdministrationErrors implements ExceptionFilter {
  catch(error: RegistrationError | NotFoundError | z.ZodError, host: ArgumentsHost): void {
    const missing = error instanceof NotFoundError;
    const code = error instanceof RegistrationError ? error.code : missing ? 'not_found' : 'invalid_request';
    host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .code(missing ? 404 : 400)
      .header('cache-control', 'no-store')
      .send({ error: code, error_description: errorLine(error) });
  }
}
