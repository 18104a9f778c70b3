/** Conditional reads (http://hl7.org/fhir/R4/http.html#cread; RFC 9110 section 13). */

export interface Conditions {
  ifNoneMatch?: string;
  ifModifiedSince?: string;
}

const opaque = (etag: string) => etag.trim().replace(/^W\//, '');

/**
 * Is what the client has still what there is? `If-Modified-Since` counts only beside no `If-None-Match`. To be told so is
 * an access like any other: it is decided, looked up and recorded before.
 *
 * @param headers of the answer; without an ETag there is nothing to compare with
 */
export function isUnchanged(conditions: Conditions, headers: Record<string, string>): boolean {
  const { etag, 'last-modified': lastModified } = headers;
  if (etag === undefined || lastModified === undefined) return false;
  const { ifNoneMatch, ifModifiedSince } = conditions;
  if (ifNoneMatch !== undefined)
    return ifNoneMatch.split(',').some((one) => one.trim() === '*' || opaque(one) === opaque(etag));
  return ifModifiedSince !== undefined && Date.parse(lastModified) <= Date.parse(ifModifiedSince);
}
