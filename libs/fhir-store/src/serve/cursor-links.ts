/**
 * Links from page to page. A sealed cursor holds the whole request and is bound to its caller. Where several services
 * each hold a part of the answer, the last page of one part links to the first page of the next part.
 */
import { invalid, type Owner } from '@patient-access/fhir';
import { EMPTY_PART_HEADER, PART_PARAMETER } from '@patient-access/internal-api';
import type { CursorBinding } from './cursor.ts';
import type { PagePosition } from '../sql/order-sql.ts';
import type { RowScope } from '../sql/row-scope.ts';
import type { AllowedRequest } from './engine.ts';

export const CURSOR = '_cursor';
/** What clients add to every link. The page and its format are decided already. */
const WITHOUT_EFFECT = new Set(['_count', '_format']);

/** What is needed to make a link. */
export type LinkContext = Pick<AllowedRequest, 'engine' | 'claims' | 'base' | 'parameters'> & {
  decision: RowScope;
  /** the services that each hold a part, in the order in which the parts are served */
  owners: readonly Owner[];
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
  { base, owners, engine }: LinkContext,
  path: string,
  query: readonly [string, string][],
  owner = engine.owner,
): string {
  const parameters = new URLSearchParams([...query]);
  if (owners.length > 1) parameters.append(PART_PARAMETER, owner);
  return `${base}/${path}${parameters.size > 0 ? `?${parameters}` : ''}`;
}

const partAfter = ({ owners, engine }: LinkContext) => owners[owners.indexOf(engine.owner) + 1];

/** @returns absolute URL of the page behind `after`; without `after`, of the next part; undefined at the end */
export function nextLink(
  links: LinkContext,
  path: string,
  query: [string, string][],
  after: PagePosition | undefined,
): string | undefined {
  if (after) {
    const cursor = links.engine.cursors.seal(bindingOf(links, path), query, after, Date.now());
    return pageLink(links, path, [[CURSOR, cursor]]);
  }
  const next = partAfter(links);
  return next && pageLink(links, path, query, next);
}

/** Marks an empty part. The gateway then goes on to the next part itself, instead of sending the client there. */
export function emptyPartHeader(links: LinkContext, empty: boolean): Record<string, string> {
  return empty && partAfter(links) ? { [EMPTY_PART_HEADER]: 'true' } : {};
}

/**
 * Removes the parameter by which the gateway found this service.
 *
 * @throws OperationError 400 when the parameter names another service
 */
export function withoutPart(
  owner: Owner,
  owners: readonly Owner[],
  parameters: [string, string][],
): [string, string][] {
  if (owners.length < 2) return parameters;
  const named = parameters.filter(([name]) => name === PART_PARAMETER).map(([, value]) => value);
  if (named.length > 1 || (named[0] ?? owner) !== owner)
    throw invalid(`${PART_PARAMETER}: this is not one of its parts.`, PART_PARAMETER);
  return parameters.filter(([name]) => name !== PART_PARAMETER);
}
