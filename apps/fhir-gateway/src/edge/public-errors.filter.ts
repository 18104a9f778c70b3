import { type ArgumentsHost, Catch, NotFoundException } from '@nestjs/common';
import { FHIR_PATHS, OperationError } from '@patient-access/fhir';
import { missingPage, noteCode, noteReason, OutcomeFilter, takesHtml } from '@patient-access/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Where apps read data, also what is published. A browser is told there what an app would be told. */
const API = FHIR_PATHS.map((path) => `/${path}/`);

const isMissing = (exception: unknown): boolean =>
  exception instanceof NotFoundException || (exception instanceof OperationError && exception.status === 404);

/** Errors of the public host. A person who mistyped an address gets a page, and everybody else what all services say. */
@Catch()
export class PublicErrors extends OutcomeFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    if (!isMissing(exception) || API.some((path) => request.url.startsWith(path)) || !takesHtml(request))
      return super.catch(exception, host);
    const { headers, body } = missingPage(request);
    noteReason(request, 'not-found');
    noteCode(request, 'not-found');
    void host.switchToHttp().getResponse<FastifyReply>().status(404).headers(headers).send(body);
  }
}
