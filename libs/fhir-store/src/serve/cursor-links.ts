/**
 * Links from page to page. A sealed cursor holds the whole request and is bound to its caller. Where several services
 * each hold a part of the answer, the last page of one part links to the first page of the next part.
 */
import { invalid, type Owner } from '@patient-access/fhir';
import { PART_PARAMETER, REFERENCE_DATA_PART, ROOM_HEADER } from '@patient-access/internal-api';
import { MAX_URL_CHARACTERS } from '@patient-access/platform';
import type { CursorBinding } from './cursor.ts';
import type { PagePosition } from '../sql/order-sql.ts';
import type { RowScope } from '../sql/row-scope.ts';
import type { AllowedRequest } from './engine.ts';
import { CURSOR } from './parameters.ts';

/** What clients add to every link. The page and its format are decided already. */
const WITHOUT_EFFECT = new Set(['_count', '_format']);

/** A part of an answer: what one service holds, or the reference data of a member's record. */
export type AnswerPart = Owner | typeof REFERENCE_DATA_PART;

/** What is needed to make a link. */
export type LinkContext = Pick<AllowedRequest, 'engine' | 'claims' | 'base' | 'parameters'> & {
  decision: RowScope;
  /** the parts in the order in which they are served */
  owners: readonly AnswerPart[];
  /** the part that is served; absent: that of this service */
  part?: AnswerPart;
};

/** @param path below the FHIR base, e.g. `Observation` */
function bindingOf({ claims, decision }: LinkContext, path: string): CursorBinding {
  const { tenant, member } = decision;
  return { tenant, member, client: claims.client_id, grant: claims.grant_id, path };
}

/**
 * The search of this request: its own parameters, or those in its cursor together with the position to continue from.
 *
 * @throws OperationError 400 for a forged cursor, and for a parameter beside a cursor that would change a search
 */
export function openCursor(
  links: LinkContext,
  path: string,
): { query: [string, string][]; after?: PagePosition } {
  const { parameters } = links;
  const cursor = parameters.find(([name]) => name === CURSOR)?.[1];
  if (cursor === undefined) return { query: parameters };
  const counting = parameters.filter(([name]) => !WITHOUT_EFFECT.has(name));
  if (counting.length > 1) throw invalid(`${CURSOR}: no other parameter may stand beside it.`, CURSOR);
  return links.engine.cursors.open(bindingOf(links, path), cursor, Date.now());
}

/** @returns absolute URL of a page of this owner's part */
export function pageLink(
  { base, owners, engine, part: served = engine.owner }: LinkContext,
  path: string,
  query: readonly [string, string][],
  part: AnswerPart = served,
): string {
  const parameters = new URLSearchParams([...query]);
  if (owners.length > 1) parameters.append(PART_PARAMETER, part);
  return `${base}/${path}${parameters.size > 0 ? `?${parameters}` : ''}`;
}

/**
 * What stands beside a cursor in a link: the format that the client asked for, because it is negotiated before the cursor is
 * opened. A client that asks by `_format` may send an `Accept` that takes nothing of ours.
 */
export const formatIn = (query: readonly [string, string][]): [string, string][] =>
  query.filter(([name]) => name === '_format');

const partAfter = ({ owners, engine, part = engine.owner }: LinkContext) => owners[owners.indexOf(part) + 1];

/**
 * Refuses a search before its first page is sent, if the link to the next page would be longer than a URL may be.
 *
 * @throws OperationError 400 for such a link
 */
function followable(link: string): string {
  const { pathname, search } = new URL(link);
  if (pathname.length + search.length < MAX_URL_CHARACTERS) return link;
  throw invalid(
    'The search is too long for a link to its next page: give fewer values at once, or a _count that takes all that is found.',
  );
}

/**
 * @returns absolute URL of the page behind `after`; without `after`, of the next part; undefined at the end
 * @throws OperationError 400 for a search of which no link fits into a URL
 */
export function nextLink(
  links: LinkContext,
  path: string,
  query: [string, string][],
  after: PagePosition | undefined,
): string | undefined {
  if (after) {
    const cursor = links.engine.cursors.seal(bindingOf(links, path), query, after, Date.now());
    return followable(pageLink(links, path, [[CURSOR, cursor], ...formatIn(query)]));
  }
  const next = partAfter(links);
  return next && pageLink(links, path, query, next);
}

/**
 * Tells the gateway that a part has ended before its page was full. The gateway then fills the page from the next part
 * itself, instead of sending the client there.
 *
 * @param room entries that the page still takes
 */
export function roomHeader(links: LinkContext, room: number): Record<string, string> {
  return room > 0 && partAfter(links) ? { [ROOM_HEADER]: String(room) } : {};
}

/**
 * Removes the parameter by which the gateway found this service.
 *
 * @throws OperationError 400 when the parameter names another service
 */
export function withoutPart(
  owner: AnswerPart,
  owners: readonly Owner[],
  parameters: [string, string][],
): [string, string][] {
  if (owners.length < 2) return parameters;
  const named = parameters.filter(([name]) => name === PART_PARAMETER).map(([, value]) => value);
  if (named.length > 1 || (named[0] ?? owner) !== owner)
    throw invalid(`${PART_PARAMETER}: this is not one of its parts.`, PART_PARAMETER);
  return parameters.filter(([name]) => name !== PART_PARAMETER);
}
