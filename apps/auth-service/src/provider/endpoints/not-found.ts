import { oauthErrorBody } from '@patient-access/fhir';

export const NOTHING_HERE =
  'There is nothing at this path. Take the addresses of the endpoints from .well-known/smart-configuration below the FHIR base of the plan.';

/**
 * The body for every path that does not exist, of an endpoint or of a plan. It is the same in all parts of the service,
 * but for the request id (case F51).
 */
export const notFoundBody = (about: { requestId: string; publicUrl: string }) =>
  oauthErrorBody('not-found', 'not_found', NOTHING_HERE, about);
