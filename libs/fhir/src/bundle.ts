/** Builds pages from pieces. Stored bodies are placed between texts and are never parsed. */

import { metaOf, part2Entry, type Part2Release } from './part2-notice.ts';

/** JSON in pieces, to be sent in order. A stored body stays as it is, in UTF-8. */
export type BodyChunks = readonly (string | Uint8Array)[];

export interface BundlePage {
  /** bodies, with the type and id for their fullUrl */
  entries: readonly { type: string; id: string; body: string | Uint8Array }[];
  /** absolute */
  self: string;
  /** absolute; absent on the last page */
  next?: string;
  total?: number;
  /** when the plan's system wrote the latest files from which such resources were loaded, ISO 8601 */
  lastUpdated?: string | undefined;
  /** records under 42 CFR Part 2 are among the entries */
  part2?: Part2Release | undefined;
  /** an entry about how the search was answered, as JSON */
  outcome?: string | undefined;
}

/** Joins adjacent texts, because encoding another piece takes as long as encoding some hundred characters. */
function joined(parts: BodyChunks): BodyChunks {
  const pieces: (string | Uint8Array)[] = [];
  let text = '';
  for (const piece of parts) {
    if (typeof piece === 'string') text += piece;
    else {
      pieces.push(text, piece);
      text = '';
    }
  }
  return [...pieces, text];
}

function bundle(
  id: string,
  type: string,
  page: Omit<BundlePage, 'entries'>,
  entries: readonly BodyChunks[],
): BodyChunks {
  const links = [
    { relation: 'self', url: page.self },
    ...(page.next ? [{ relation: 'next', url: page.next }] : []),
  ];
  const total = page.total === undefined ? '' : `,"total":${page.total}`;
  const meta = metaOf({ lastUpdated: page.lastUpdated, isPart2: page.part2 !== undefined });
  const head = `{"resourceType":"Bundle","id":"${id}"${meta && `,"meta":${meta}`},"type":"${type}"${total},"link":${JSON.stringify(links)}`;
  // FHIR JSON has no empty arrays.
  if (entries.length === 0) return [`${head}}`];
  const separated = entries.flatMap((entry, at) => (at === 0 ? entry : [',', ...entry]));
  return joined([`${head},"entry":[`, ...separated, ']}']);
}

/**
 * An entry of a searchset.
 *
 * @param base the tenant's FHIR base URL
 * @param mode http://hl7.org/fhir/R4/valueset-search-entry-mode.html
 */
export function searchEntry(
  base: string,
  { type, id, body }: BundlePage['entries'][number],
  mode: 'match' | 'include',
): BodyChunks {
  const url = JSON.stringify(`${base}/${type}/${id}`);
  return [`{"fullUrl":${url},"resource":`, body, `,"search":{"mode":"${mode}"}}`];
}

/**
 * A Bundle of type searchset (http://hl7.org/fhir/R4/http.html#search).
 *
 * @param base the tenant's FHIR base URL
 * @param id of the Bundle, unique to the answer
 */
export function searchBundle(base: string, id: string, page: BundlePage): BodyChunks {
  const matches = page.entries.map((entry) => searchEntry(base, entry, 'match'));
  const outcomes = [...(page.outcome ? [page.outcome] : []), ...(page.part2 ? [part2Entry(page.part2)] : [])];
  return bundle(id, 'searchset', page, [...matches, ...outcomes.map((outcome) => [outcome])]);
}

/** A version, with what its history entry says about it. */
interface Version {
  type: string;
  id: string;
  version: string;
  /** the oldest version that the caller is served, or one with which the resource came back after a deletion */
  isCreated: boolean;
  /** ISO 8601 */
  lastUpdated: string;
  /** absent: with this version the resource was deleted */
  body?: string | Uint8Array;
}

/** A Bundle of type history (http://hl7.org/fhir/R4/http.html#history), in the same form. */
export function historyBundle(
  base: string,
  id: string,
  page: Omit<BundlePage, 'entries'> & { entries: readonly Version[] },
): BodyChunks {
  const entries = page.entries.map(({ type, id: resourceId, version, isCreated, lastUpdated, body }) => {
    const url = `${type}/${resourceId}`;
    const request = JSON.stringify({ method: body === undefined ? 'DELETE' : 'PUT', url });
    const response = JSON.stringify({
      status: body === undefined ? '204' : isCreated ? '201' : '200',
      etag: `W/"${version}"`,
      lastModified: lastUpdated,
    });
    const fullUrl = JSON.stringify(`${base}/${url}`);
    const resource = body === undefined ? [] : [',"resource":', body];
    return [`{"fullUrl":${fullUrl}`, ...resource, `,"request":${request},"response":${response}}`];
  });
  return bundle(id, 'history', page, entries);
}
