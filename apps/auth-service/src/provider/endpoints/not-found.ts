import { oauthErrorBody } from '@patient-access/fhir';
import { isForPerson, missingPage } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';

export const NOTHING_HERE =
  'There is nothing at this path. Take the addresses of the endpoints from .well-known/smart-configuration below the FHIR base of the plan.';

/**
 * The body for every path that does not exist, of an endpoint or of a plan. It is the same in all parts of the service,
 * but for the request id (case F51).
 */
export const notFoundBody = (about: { requestId: string; publicUrl: string }) =>
  oauthErrorBody('not-found', 'not_found', NOTHING_HERE, about);

/** What a path that does not exist answers: a page where a person will see it, and else {@link notFoundBody}. */
export function notFoundAnswer(
  request: Pick<FastifyRequest, 'id' | 'url' | 'headers'>,
  publicUrl: string,
): { headers: Record<string, string>; body: string } {
  if (isForPerson(request)) return missingPage(request);
  return {
    headers: { 'content-type': 'application/json; charset=utf-8', vary: 'accept' },
    body: JSON.stringify(notFoundBody({ requestId: request.id, publicUrl })),
  };
}
