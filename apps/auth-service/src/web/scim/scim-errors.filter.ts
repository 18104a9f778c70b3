import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { NotFoundError } from '../../domain/administration/administration.ts';
import { ScimNameTaken, ScimPersonMissing } from '../../domain/administration/identities/scim-users.ts';
import { TRY_AGAIN_AFTER } from '../../provider/endpoints/suspension.ts';
import { errorMessage, ScimError, SCIM_TYPE } from './scim-messages.ts';

type KnownError = ScimError | NotFoundError | ScimNameTaken | ScimPersonMissing;

function scimErrorOf(error: KnownError): ScimError {
  if (error instanceof ScimError) return error;
  if (error instanceof NotFoundError) return new ScimError(404, error.message);
  if (error instanceof ScimPersonMissing) return new ScimError(400, error.message, 'invalidValue');
  return new ScimError(409, 'another user has this userName', 'uniqueness');
}

/** Answers errors in the form of SCIM. All others are rendered as for other routes. */
@Catch(ScimError, NotFoundError, ScimNameTaken, ScimPersonMissing)
export class ScimErrors implements ExceptionFilter {
  catch(error: KnownError, host: ArgumentsHost): void {
    const answer = scimErrorOf(error);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (answer.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (answer.status === 503) void reply.header('retry-after', TRY_AGAIN_AFTER);
    void reply
      .code(answer.status)
      .type(SCIM_TYPE)
      .header('cache-control', 'no-store')
      .send(errorMessage(answer));
  }
}
