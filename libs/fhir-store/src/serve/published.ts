/** Reads of what a plan publishes for everybody: how they are counted, and that everybody may keep the answers. */
import { definitions, planOf, type Publication } from '@patient-access/fhir';
import type { Unrecorded } from '@patient-access/platform';
import { type Answered, attempted, outcomeOfRefusal } from './access-event.ts';
import type { FhirRequest } from './request.ts';

const READ = 'published';

/** Leaves out a type that does not exist. Callers may invent any number of words, and each would be a count of its own. */
function attemptedType(request: FhirRequest): { action: string; type?: string } {
  const { action, type = '' } = attempted(request);
  return { action, ...(definitions.has(type) && { type }) };
}

/** The same requests of one address are one event with their number. Parameters and ids are not in it. */
export function publishedRead({ path }: Publication, request: FhirRequest, answered: Answered): Unrecorded {
  const { requestId, tenant, address } = request;
  const isRefused = 'refused' in answered;
  const { action, type = '' } = isRefused
    ? attemptedType(request)
    : { action: answered.interaction, type: answered.type };
  return {
    tenant: planOf(tenant),
    requestId,
    address,
    reason: isRefused ? answered.refused.reason : READ,
    outcome: isRefused ? outcomeOfRefusal(answered.refused) : '0',
    request: `${path} ${action} ${type}`.trimEnd(),
  };
}

/** Data of a plan changes with an import. A directory that is five minutes old is as good as a new one. */
const KEPT_SECONDS = 300;

/** Headers by which anybody on the way may keep an answer (RFC 9111). */
export const PUBLISHED_HEADERS = {
  'cache-control': `public, max-age=${KEPT_SECONDS}`,
  vary: 'Accept, Accept-Encoding, Prefer',
};
