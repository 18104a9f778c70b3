import { type ArgumentsHost, Catch, HttpException, NotFoundException } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { HttpAdapterHost } from '@nestjs/core';
import { isUnavailable } from '@patient-access/database';
import { internalError, OperationError, unavailable } from '@patient-access/fhir';
import { type Logger, noteCode, sendOutcome } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { notFoundAnswer } from '../../provider/endpoints/not-found.ts';

/**
 * What no controller answers: a path that is nothing, which is the same wherever it is (case F51). What no controller expects: the database cannot be used, which is 503 with the time to wait, or a fault of ours, 500.
 * Both name the request in answer and log. Nest answers the errors that it has classes for.
 */
@Catch()
export class UnexpectedErrors extends BaseExceptionFilter {
  private readonly logger: Logger;
  private readonly publicUrl: string;

  /** @param publicUrl scheme and host that clients see */
  constructor({ httpAdapter }: HttpAdapterHost, logger: Logger, publicUrl: string) {
    super(httpAdapter);
    this.logger = logger;
    this.publicUrl = publicUrl;
  }

  override catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (exception instanceof NotFoundException) {
      noteCode(request, 'not-found');
      const { headers, body } = notFoundAnswer(request, this.publicUrl);
      return void http.getResponse<FastifyReply>().code(404).headers(headers).send(body);
    }
    if (exception instanceof HttpException || isOfTheWebServer(exception))
      return super.catch(exception, host);
    this.logger.error({ err: exception, requestId: request.id }, 'failed');
    sendOutcome(request, http.getResponse<FastifyReply>(), errorFor(exception), this.publicUrl);
  }
}

/** An error that a controller made says itself what it is, such as a service that did not answer. */
function errorFor(exception: unknown): OperationError {
  if (exception instanceof OperationError) return exception;
  return isUnavailable(exception) ? unavailable(exception) : internalError(exception);
}

/** Fastify's own refusals, as of a body that is too large, have a status. */
function isOfTheWebServer(exception: unknown): boolean {
  const { statusCode } = exception as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode < 500;
}
