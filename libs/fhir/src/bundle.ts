/** A search page as text: stored bodies are concatenated, never parsed. */

export interface Page {
  /** bodies with the id that their fullUrl ends in */
  entries: readonly { type: string; id: string; body: string }[];
  /** absolute */
  self: string;
  /** absolute; absent on the last page */
  next?: string;
  total?: number;
}

/**
 * A Bundle of type searchset (http://hl7.org/fhir/R4/http.html#search).
 *
 * @param base the tenant's FHIR base URL
 * @param id of the Bundle, unique to the answer
 */
export function searchBundle(base: string, id: string, page: Page): string {
  const links = [
    { relation: 'self', url: page.self },
    ...(page.next ? [{ relation: 'next', url: page.next }] : []),
  ];
  const head = `{"resourceType":"Bundle","id":"${id}","type":"searchset"`;
  const total = page.total === undefined ? '' : `,"total":${page.total}`;
  const entries = page.entries.map(
    ({ type, body, id: resourceId }) =>
      `{"fullUrl":${JSON.stringify(`${base}/${type}/${resourceId}`)},"resource":${body},"search":{"mode":"match"}}`,
  );
  // FHIR JSON has no empty arrays.
  const entry = entries.length > 0 ? `,"entry":[${entries.join(',')}]` : '';
  return `${head}${total},"link":${JSON.stringify(links)}${entry}}`;
}
