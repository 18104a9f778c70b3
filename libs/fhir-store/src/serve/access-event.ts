import {
  type AccessEvent,
  type DisclosedVersion,
  MAX_SCOPE_CHARACTERS,
  MAX_TEXT_CHARACTERS,
  disclosedNames,
} from '@patient-access/events';
import type { OperationError } from '@patient-access/fhir';
import { isBackendService, openedMember, type TokenClaims } from '@patient-access/smart';
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

const MAX_REQUEST_CHARACTERS = 4_000;

/**
 * Shortens a text of the client and removes its control characters before it goes into the trail (security case A13).
 */
function clean(text: string, maxCharacters: number): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').slice(0, maxCharacters);
}

function requestLine(request: FhirRequest): string {
  const { query: url, body } = request.parameters;
  const query = [url, body].filter(Boolean).join('&');
  return clean(`${request.method} ${request.path}${query ? `?${query}` : ''}`, MAX_REQUEST_CHARACTERS);
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
 * Refusals that an app cannot cause by mistake (security case F22), but for a next link that it got under the grant before: what
 * seals a link does not say which part of its binding differs.
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

/** The login and the grant of the caller. A backend service has neither. */
function person(claims: TokenClaims): Pick<AccessEvent, 'user' | 'grantId'> {
  if (isBackendService(claims)) return {};
  const { iss, sub, fhirUser, username, grant_id: grantId } = claims;
  const name = username && clean(username, MAX_TEXT_CHARACTERS);
  return { user: { iss, sub, ...(fhirUser && { fhirUser }), ...(name && { name }) }, grantId };
}

/**
 * The labels that were released to the caller. Absent if the caller is not an app of a member, because nothing is
 * withheld then.
 */
const releasedTo = (claims: TokenClaims) =>
  openedMember(claims) === undefined || claims.whole_record ? {} : { released: claims.sensitive ?? [] };

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
  const name = claims.client_name;
  const member = openedMember(claims);
  return {
    requestId: request.requestId,
    service,
    tenant: claims.tenant,
    recorded: new Date().toISOString(),
    kind: 'rest',
    ...resultFields(request, result),
    ...(member && { member }),
    ...releasedTo(claims),
    client: { id: claims.client_id, ...(name && { name: clean(name, MAX_TEXT_CHARACTERS) }) },
    ...person(claims),
    token: claims.jti,
    scope: claims.scope.slice(0, MAX_SCOPE_CHARACTERS),
    address: request.address.slice(0, 64),
    request: requestLine(request),
  };
}
