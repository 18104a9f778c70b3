import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import {
  ERRORS,
  errorOfStatus,
  internalError,
  noSuchAddress,
  oauthErrorBody,
  OperationError,
  operationOutcome,
  unavailable,
} from '@patient-access/fhir';
import { REQUEST_ID_HEADER } from '@patient-access/internal-api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { noteCode, noteReason } from './attempts/attempt.ts';
import { ERROR_PAGE_HEADERS, errorPage, isForPerson } from './error-page.ts';
import type { Logger } from './logging.ts';

function statusOf(exception: unknown): number {
  if (exception instanceof HttpException) return exception.getStatus();
  const { statusCode } = exception as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}

function toOperationError(exception: unknown): OperationError {
  if (exception instanceof OperationError) return exception;
  if (statusOf(exception) === 503) return unavailable(exception);
  // A refusal by the web server itself, as an error of this API.
  const code = errorOfStatus(statusOf(exception));
  if (code === 'not-found') return noSuchAddress();
  return code ? new OperationError(code, ERRORS[code].means) : internalError(exception);
}

/** Below an issuer, at the sandbox and where an app asks about itself, all errors have the form of OAuth, whichever part refuses. */
const OAUTH = /^\/auth\/[^/?]*\/(?:(?:oauth2|sandbox)\/|(?:calls|unread)(?:\?|$))/;

/** With the words of RFC 6749 section 4.1.2.1 for errors of the server. */
const asOAuth = (
  { error: known, status, code, message }: OperationError,
  requestId: string,
  publicUrl: string,
) => {
  const later = code === 'throttled' || code === 'transient';
  const error = later ? 'temporarily_unavailable' : status >= 500 ? 'server_error' : 'invalid_request';
  return oauthErrorBody(known, error, message, { requestId, publicUrl });
};

function bodyOf(
  request: FastifyRequest,
  error: OperationError,
  publicUrl: string,
): [type: string, body: string] {
  if (isForPerson(request)) return ['text/html; charset=utf-8', errorPage(request, error)];
  return OAUTH.test(request.url)
    ? ['application/json; charset=utf-8', JSON.stringify(asOAuth(error, request.id, publicUrl))]
    : ['application/fhir+json; charset=utf-8', operationOutcome(error, request.id, publicUrl)];
}

/**
 * The one place where an error becomes an answer. The answer is an OperationOutcome with the request id, an OAuth
 * error, or a page for a person.
 *
 * @param publicUrl scheme and host that clients see
 */
export function outcomeAnswer(
  request: FastifyRequest,
  exception: unknown,
  publicUrl: string,
): { error: OperationError; headers: Record<string, string>; body: string } {
  const error = toOperationError(exception);
  noteCode(request, error.error);
  const [type, body] = bodyOf(request, error, publicUrl);
  const headers = {
    ...error.details.headers,
    ...(isForPerson(request) && ERROR_PAGE_HEADERS),
    'content-type': type,
    'cache-control': 'no-store',
    [REQUEST_ID_HEADER]: request.id,
  };
  return { error, headers, body };
}

/** Sends {@link outcomeAnswer}, and notes its reason for the trail. */
export function sendOutcome(
  request: FastifyRequest,
  reply: FastifyReply,
  exception: unknown,
  publicUrl: string,
): OperationError {
  const { error, headers, body } = outcomeAnswer(request, exception, publicUrl);
  noteReason(request, error.reason);
  reply.status(error.status).headers(headers).send(body);
  return error;
}

/** Handles every exception of a handler or guard. */
@Catch()
export class OutcomeFilter implements ExceptionFilter {
  private readonly logger: Logger;
  private readonly publicUrl: string;

  /** @param publicUrl scheme and host that clients see */
  constructor(logger: Logger, publicUrl: string) {
    this.logger = logger;
    this.publicUrl = publicUrl;
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    if (exception instanceof HttpException && exception.getStatus() === 503 && !isForPerson(request)) {
      // The answer to a probe is for the platform, which does not read FHIR.
      reply.status(503).send(exception.getResponse());
      return;
    }
    const error = sendOutcome(request, reply, exception, this.publicUrl);
    if (error.status >= 500)
      this.logger.error({ requestId: request.id, err: error.cause ?? exception }, 'failed');
  }
}
