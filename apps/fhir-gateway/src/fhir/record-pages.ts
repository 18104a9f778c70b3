/** Pages of a member's record, whose parts several services hold: joined as text, so that no entry changes. */
import { randomUUID } from 'node:crypto';
import {
  OperationError,
  type Owner,
  ownersOf,
  parseReference,
  type RelatedRequest,
  withPart2Meta,
} from '@patient-access/fhir';
import { MAX_REFERENCE_DATA_ROUNDS, type ReferredResources } from '@patient-access/internal-api';
import type { FetchRelated } from './include-completion.ts';

const ENTRIES = ',"entry":[';
const END = ']}';

interface Head {
  link: { relation: string; url: string }[];
  [member: string]: unknown;
}

/** @param page a Bundle as its owner wrote it, which ends with its entries if it has any */
function headAndEntries(page: string): { head: Head; entries: string } {
  const at = page.indexOf(ENTRIES);
  if (at < 0) return { head: JSON.parse(page) as Head, entries: '' };
  const head = JSON.parse(`${page.slice(0, at)}}`) as Head;
  return { head, entries: page.slice(at + ENTRIES.length, -END.length) };
}

/** @param page as its owner wrote it */
export const hasEntries = (page: Buffer): boolean => page.includes(ENTRIES);

/** FHIR JSON has no empty arrays. */
const pageOf = (head: string, entries: readonly string[]) =>
  entries.length === 0 ? head : `${head.slice(0, -1)}${ENTRIES}${entries.join(',')}${END}`;

const linksOf = ({ link }: Head, wanted: string) => link.filter(({ relation }) => relation === wanted);

export interface JoinedPage {
  /** JSON */
  body: string;
  /** are there records under 42 CFR Part 2 on the page? */
  hasPart2: boolean;
}

/**
 * Makes one page of the pages that the parts gave for it.
 *
 * @param pages one or more, in the order of the parts
 * @param notice the entry with the notice of 42 CFR Part 2, with which a page may end; it comes once, at the end
 */
export function joinPages(pages: readonly string[], notice?: string): JoinedPage {
  const parts = pages.map(headAndEntries);
  const [first, last] = [parts[0], parts.at(-1)];
  if (!first || !last) throw new Error('no page to join');
  const endsWithNotice = (entries: string) => notice !== undefined && entries.endsWith(notice);
  const hasPart2 = parts.some(({ entries }) => endsWithNotice(entries));
  const others = parts.map(({ entries }) =>
    endsWithNotice(entries) ? entries.slice(0, -(notice ?? '').length).replace(/,$/, '') : entries,
  );
  const { resourceType, id, type } = first.head;
  const link = [...linksOf(first.head, 'self'), ...linksOf(last.head, 'next')];
  const body = pageOf(JSON.stringify({ resourceType, id, type, link }), [
    ...others.filter(Boolean),
    ...(hasPart2 && notice !== undefined ? [notice] : []),
  ]);
  return { body: hasPart2 ? withPart2Meta(body) : body, hasPart2 };
}

function requestsFor(references: readonly string[]): Map<Owner, RelatedRequest> {
  const requests = new Map<Owner, RelatedRequest>();
  for (const reference of references) {
    const target = parseReference(reference);
    for (const owner of target ? ownersOf(target.type) : []) {
      const request = requests.get(owner) ?? { include: [], revinclude: [] };
      request.include.push(reference);
      requests.set(owner, request);
    }
  }
  return requests;
}

/** Is it more than the gateway can hold? */
export const isTooLarge = (error: unknown): boolean =>
  error instanceof OperationError && error.error === 'result-too-large';

interface Fetched {
  /** how many of the references it is about */
  taken: number;
  /** entries, and perhaps notices of 42 CFR Part 2 */
  lines: string[];
}

/**
 * Asks for what is at the references, or where that is too large for the first half of them, and so on.
 *
 * @throws OperationError 400 when the first one alone is too large
 */
async function fetchFirst(
  references: readonly string[],
  round: number,
  fetchRelated: FetchRelated,
): Promise<Fetched> {
  try {
    const found = await Promise.all(
      [...requestsFor(references)].map(([owner, request]) => fetchRelated(owner, round, request)),
    );
    const lines = found.flatMap((text) => text.split('\n')).filter(Boolean);
    return { taken: references.length, lines };
  } catch (error) {
    if (references.length === 1 || !isTooLarge(error)) throw error;
    return fetchFirst(references.slice(0, Math.ceil(references.length / 2)), round, fetchRelated);
  }
}

/**
 * One page of the reference data to which a record refers. A reference whose target does not exist takes no room, but
 * after some rounds a page with fewer entries is sent all the same. So is one that would be too large with more of them.
 *
 * @param answers of all owners, about the same page
 * @param notice see {@link joinPages}
 * @throws OperationError 400 when one resource is too large
 */
export async function referenceDataPage(
  answers: readonly ReferredResources[],
  fetchRelated: FetchRelated,
  notice?: string,
): Promise<string> {
  const nextOf = new Map(
    answers.flatMap(({ referred }) => referred.map(({ reference, next }) => [reference, next])),
  );
  const references = [...nextOf.keys()].sort();
  const [{ self, room } = { self: '', room: 0 }] = answers;
  const entries: string[] = [];
  const notices = new Set<string>();
  let taken = 0;
  for (let round = 1; round <= MAX_REFERENCE_DATA_ROUNDS && entries.length < room; round += 1) {
    const wanted = references.slice(taken, taken + room - entries.length);
    if (wanted.length === 0) break;
    const { taken: now, lines } = await fetchFirst(wanted, round, fetchRelated);
    taken += now;
    for (const line of lines.filter((each) => each === notice)) notices.add(line);
    // An entry begins with its fullUrl, so this is the order of the references.
    entries.push(...lines.filter((line) => line !== notice).sort());
    if (now < wanted.length) break;
  }
  const next = taken < references.length ? nextOf.get(references[taken - 1] ?? '') : undefined;
  const link = [{ relation: 'self', url: self }, ...(next ? [{ relation: 'next', url: next }] : [])];
  const head = JSON.stringify({ resourceType: 'Bundle', id: randomUUID(), type: 'searchset', link });
  return pageOf(head, [...entries, ...notices]);
}
