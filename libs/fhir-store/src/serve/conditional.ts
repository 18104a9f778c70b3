/** Conditional reads (http://hl7.org/fhir/R4/http.html#cread; RFC 9110 section 13). */
import { matchesEtag } from '@patient-access/platform';

export interface Conditions {
  ifNoneMatch?: string;
  ifModifiedSince?: string;
}

/**
 * Does the client have the current version already? `If-Modified-Since` counts only when there is no `If-None-Match`.
 * Even a 304 discloses something, so it is decided, looked up and recorded like any other read.
 *
 * @param headers of the answer; without an ETag the request is not conditional
 */
export function isUnchanged(conditions: Conditions, headers: Record<string, string>): boolean {
  const { etag, 'last-modified': lastModified } = headers;
  if (etag === undefined || lastModified === undefined) return false;
  const { ifNoneMatch, ifModifiedSince } = conditions;
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, etag);
  return ifModifiedSince !== undefined && Date.parse(lastModified) <= Date.parse(ifModifiedSince);
}
