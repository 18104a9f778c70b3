import {
  type AccessEvent,
  callerOfClaims,
  type DisclosedVersion,
  disclosedNames,
  MAX_REQUEST_CHARACTERS,
  MAX_SCOPE_CHARACTERS,
  recordedText,
} from '@patient-access/events';
import type { OperationError } from '@patient-access/fhir';
import type { TokenClaims } from '@patient-access/smart';
import type { FhirRequest } from './request.ts';

/** What was disclosed: types, ids and counts of resources, never their content. */
export interface DisclosedResources {
  interaction: string;
  /** the type that was requested, where the request is about one type */
  type?: string;
  counts: Record<string, number>;
  /** what a page holds */
  versions?: readonly DisclosedVersion[];
  /** what a read returned */
  resource?: { reference: string; version: string };
}

/**
 * What left with a page: how many of each type, and each resource with its version.
 *
 * @param ofType the type of all rows, where they do not name their own
 */
export function disclosed(
  rows: readonly { type?: string; id: string; version_id: string }[],
  ofType?: string,
): Required<Pick<DisclosedResources, 'counts' | 'versions'>> {
  const counts: Record<string, number> = ofType === undefined ? {} : { [ofType]: 0 };
  const versions = rows.map(({ type = ofType ?? '', id, version_id: version }) => {
    counts[type] = (counts[type] ?? 0) + 1;
    return { type, id, version };
  });
  return { counts, versions };
}

/** What a request was answered with: what left, or why nothing did. */
export type Answered = (DisclosedResources & { bodyHash: string }) | { refused: OperationError };

const MAX_ADDRESS_CHARACTERS = 64;

function requestLine(request: FhirRequest): string {
  const { query: url, body } = request.parameters;
  const query = [url, body].filter(Boolean).join('&');
  const line = `${request.method} ${request.path}${query ? `?${query}` : ''}`;
  return recordedText(line, MAX_REQUEST_CHARACTERS);
}

/** Guesses the interaction from the URL, for requests that were refused before the interaction was known. */
export function attempted(request: FhirRequest): { action: string; type?: string } {
  const [type = '', id] = request.path.split('/');
  const action =
    id === undefined || id === '_search' || request.path.includes('/$')
      ? 'search-type'
      : request.path.includes('/_history/')
        ? 'vread'
        : request.path.endsWith('/_history')
          ? 'history-instance'
          : 'read';
  return { action, ...(/^[A-Z][A-Za-z]{1,63}$/.test(type) && { type }) };
}

/**
 * Refusals that an app does not cause by mistake (security case F22). There is one exception: an app may use a next link of its
 * earlier grant. The seal of a link does not say which part of its binding differs, so this counts as forged, too.
 */
const SUSPICIOUS = ['wrong-tenant', 'cursor-forged'];

export function outcomeOfRefusal(refused: OperationError): AccessEvent['outcome'] {
  if (refused.status >= 500) return '12';
  return SUSPICIOUS.includes(refused.reason) ? '8' : '4';
}

function resultFields(request: FhirRequest, result: Answered) {
  if ('refused' in result) {
    const { refused } = result;
    return {
      ...attempted(request),
      outcome: outcomeOfRefusal(refused),
      reason: refused.reason,
    };
  }
  const { interaction, type, counts, versions = [], resource, bodyHash } = result;
  return {
    action: interaction,
    ...(type && { type }),
    outcome: '0' as const,
    counts,
    bodyHash,
    ...(resource && { resource }),
    ...(versions.length > 0 && { resources: disclosedNames(versions) }),
  };
}

/**
 * The access event of one request at one service. Its member is always whose data the token opens. What a refused
 * request named appears in `request` only.
 */
export function toAccessEvent(
  service: string,
  request: FhirRequest,
  claims: TokenClaims,
  result: Answered,
): AccessEvent {
  return {
    requestId: request.requestId,
    service,
    tenant: claims.tenant,
    recorded: new Date().toISOString(),
    kind: 'rest',
    ...resultFields(request, result),
    ...callerOfClaims(claims),
    scope: claims.scope.slice(0, MAX_SCOPE_CHARACTERS),
    address: request.address.slice(0, MAX_ADDRESS_CHARACTERS),
    request: requestLine(request),
  };
}
