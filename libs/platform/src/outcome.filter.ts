import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { internalError, type IssueCode, OperationError, operationOutcome } from '@patient-access/fhir';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from './logging.ts';

/** What the web server itself refuses, said in FHIR's words. */
const BY_STATUS: Record<number, [IssueCode, string]> = {
  400: ['invalid', 'The request could not be read.'],
  404: ['not-found', 'There is no such resource.'],
  405: ['not-supported', 'This method is not supported here.'],
  413: ['too-long', 'The request is too large.'],
  414: ['too-long', 'The URL is too long.'],
  415: ['not-supported', 'This media type is not supported.'],
};

function statusOf(exception: unknown): number {
  if (exception instanceof HttpException) return exception.getStatus();
  const { statusCode } = exception as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}

function toOperationError(exception: unknown): OperationError {
  if (exception instanceof OperationError) return exception;
  const [code, text] = BY_STATUS[statusOf(exception)] ?? [];
  return code && text ? new OperationError(statusOf(exception), code, text) : internalError(exception);
}

/** The one place where an error becomes an answer: an OperationOutcome with the request id and nothing else. */
export function sendOutcome(
  request: FastifyRequest,
  reply: FastifyReply,
  exception: unknown,
): OperationError {
  const error = toOperationError(exception);
  reply
    .status(error.status)
    .headers({
      ...error.details.headers,
      'content-type': 'application/fhir+json; charset=utf-8',
      'cache-control': 'no-store',
      'x-request-id': request.id,
    })
    .send(operationOutcome(error, request.id));
  return error;
}

/** Every exception of a handler or guard. */
@Catch()
export class OutcomeFilter implements ExceptionFilter {
  private readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    if (exception instanceof HttpException && exception.getStatus() === 503) {
      // A probe's answer is for the platform, which reads no FHIR.
      reply.status(503).send(exception.getResponse());
      return;
    }
    const error = sendOutcome(request, reply, exception);
    if (error.status >= 500)
      this.logger.error({ requestId: request.id, err: error.cause ?? exception }, 'failed');
  }
}
