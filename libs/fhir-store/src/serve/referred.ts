/**
 * The last part of a member's record: the resources of the plan to which the other parts refer
 * (docs/adr/0056-send-reference-data-in-a-part-of-its-own.md). An owner tells the gateway the references of what it
 * holds, and the gateway fetches the resources from their owners, each once.
 */
import { MAX_REFERENCE_DATA_ROUNDS, PART_PARAMETER, REFERENCE_DATA_PART } from '@patient-access/internal-api';
import type { ReferredResources } from '@patient-access/internal-api';
import { type LinkContext, nextLink, pageLink } from './cursor-links.ts';
import type { PagePosition } from '../sql/order-sql.ts';
import { referredStatement } from '../sql/related-sql.ts';
import { readRows } from '../sql/row-scope.ts';
import type { RowQuery } from '../sql/search-sql.ts';
import type { InteractionResult } from './engine.ts';
import type { FhirRequest } from './request.ts';

/** Is this the gateway's question about references? Only the gateway says for how much it has room. */
export const asksForReferences = ({ room, parameters: { query } }: FhirRequest): boolean =>
  room !== undefined && new URLSearchParams(query).get(PART_PARAMETER) === REFERENCE_DATA_PART;

/** A page of a member's record, as it was asked for. */
export interface RecordPage {
  /** the type that the operation is called on */
  type: string;
  path: string;
  /** the parameters of the client */
  entries: [string, string][];
  /** of this owner's types */
  queries: readonly RowQuery[];
  /** types of reference data that the token opens and the client wants */
  plan: readonly string[];
  room: number;
  since?: string | undefined;
  after?: PagePosition | undefined;
}

/** @returns {@link ReferredResources} as JSON; nothing of a resource, so the event has no versions */
export async function referredResources(
  links: LinkContext,
  { type, path, entries, queries: [first, ...others], plan, room, since, after }: RecordPage,
): Promise<InteractionResult> {
  const range = {
    limit: MAX_REFERENCE_DATA_ROUNDS * room + 1,
    ...(since && { since }),
    ...(after && { after: after.id }),
  };
  const statements = first && plan.length > 0 ? [referredStatement([first, ...others], plan, range)] : [];
  const [rows = []] =
    statements.length > 0
      ? await readRows<{ reference: string }>(links.engine.pool, links.decision, statements)
      : [];
  const referred = rows.map(({ reference }) => ({
    reference,
    next: nextLink(links, path, entries, { keys: [REFERENCE_DATA_PART], id: reference }) ?? '',
  }));
  const answer: ReferredResources = { self: pageLink(links, path, links.parameters), room, referred };
  return {
    headers: { 'content-type': 'application/json' },
    body: [JSON.stringify(answer)],
    disclosure: { interaction: 'search-type', type, counts: {} },
  };
}
