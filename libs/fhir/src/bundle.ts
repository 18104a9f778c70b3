/** Pages as text: stored bodies are concatenated, never parsed. */

export interface Page {
  /** bodies with the id that their fullUrl ends in */
  entries: readonly { type: string; id: string; body: string }[];
  /** absolute */
  self: string;
  /** absolute; absent on the last page */
  next?: string;
  total?: number;
}

function bundle(
  id: string,
  type: string,
  page: { self: string; next?: string; total?: number },
  entries: string[],
) {
  const links = [
    { relation: 'self', url: page.self },
    ...(page.next ? [{ relation: 'next', url: page.next }] : []),
  ];
  const total = page.total === undefined ? '' : `,"total":${page.total}`;
  // FHIR JSON has no empty arrays.
  const entry = entries.length > 0 ? `,"entry":[${entries.join(',')}]` : '';
  return `{"resourceType":"Bundle","id":"${id}","type":"${type}"${total},"link":${JSON.stringify(links)}${entry}}`;
}

/**
 * An entry of a searchset.
 *
 * @param base the tenant's FHIR base URL
 * @param mode http://hl7.org/fhir/R4/valueset-search-entry-mode.html
 */
export function searchEntry(
  base: string,
  { type, id, body }: Page['entries'][number],
  mode: 'match' | 'include',
): string {
  return `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"resource":${body},"search":{"mode":"${mode}"}}`;
}

/**
 * A Bundle of type searchset (http://hl7.org/fhir/R4/http.html#search).
 *
 * @param base the tenant's FHIR base URL
 * @param id of the Bundle, unique to the answer
 */
export function searchBundle(base: string, id: string, page: Page): string {
  const entries = page.entries.map((entry) => searchEntry(base, entry, 'match'));
  return bundle(id, 'searchset', page, entries);
}

/** A version with what its entry in a history says of how it came to be. */
interface Version {
  type: string;
  id: string;
  version: number;
  /** ISO 8601 */
  lastUpdated: string;
  body: string;
}

/** A Bundle of type history (http://hl7.org/fhir/R4/http.html#history), in the same form. */
export function historyBundle(
  base: string,
  id: string,
  page: Omit<Page, 'entries'> & { entries: readonly Version[] },
): string {
  const entries = page.entries.map(({ type, id: resourceId, version, lastUpdated, body }) => {
    const url = `${type}/${resourceId}`;
    const request = JSON.stringify({ method: 'PUT', url });
    const response = JSON.stringify({
      status: version === 1 ? '201' : '200',
      etag: `W/"${version}"`,
      lastModified: lastUpdated,
    });
    return `{"fullUrl":${JSON.stringify(`${base}/${url}`)},"resource":${body},"request":${request},"response":${response}}`;
  });
  return bundle(id, 'history', page, entries);
}
