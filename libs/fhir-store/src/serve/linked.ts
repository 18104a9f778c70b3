/**
 * Chains of what is published whose target another service keeps: this service says what has to be asked there, and
 * gets the search again with the ids (docs/adr/0131-ask-two-services-for-a-chain-of-what-is-published.md).
 */
import {
  invalid,
  type LinkedAnswers,
  notFound,
  parseSearch,
  type ParsedSearch,
  publicationOf,
} from '@patient-access/fhir';
import { LinkedSearch, LINKS_HEADER, type LinksWanted, MAX_LINKED } from '@patient-access/internal-api';
import { NO_MEMBER } from '@patient-access/smart';
import { z } from 'zod';
import type { AllowedRequest, InteractionResult } from './engine.ts';
import { chainedQuery } from './query-for.ts';
import type { FhirRequest } from './request.ts';
import { readRows } from '../sql/row-scope.ts';
import { idsStatement } from '../sql/search-sql.ts';

/** Everybody reads all of a publication, so a chain from one service into another tells nothing that a search does not. */
const mayLink = ({ tenant, decision }: Pick<AllowedRequest, 'tenant' | 'decision'>): boolean =>
  decision.member === NO_MEMBER && publicationOf(tenant) !== undefined;

/** @returns what is known of the targets; undefined where such chains are refused */
export const linkedAnswers = (
  allowed: Pick<AllowedRequest, 'tenant' | 'decision'>,
  { links }: FhirRequest,
): LinkedAnswers | undefined => (mayLink(allowed) ? links : undefined);

/** Tells the gateway what has to be asked of other services. Nothing was read, so nothing is given. */
export function linksWanted(
  { parameters }: AllowedRequest,
  type: string,
  { questions }: ParsedSearch,
): InteractionResult {
  const wanted: LinksWanted = { type, parameters, questions };
  return {
    headers: { [LINKS_HEADER]: 'true', 'content-type': 'application/json' },
    body: [JSON.stringify(wanted)],
    disclosure: { interaction: 'search-type', type, counts: {} },
  };
}

const Question = z.object({ parameter: z.string(), value: z.string() });

function parsed<T>(schema: z.ZodType<T>, text = ''): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw invalid('Not a request of the gateway.');
  }
}

/** @returns the search that the gateway sends again, with the ids that it has found */
export function searchAgain(request: FhirRequest, type: string): FhirRequest {
  const { parameters, ids } = parsed(LinkedSearch, request.parameters.body);
  const { accept } = request.parameters;
  return {
    ...request,
    path: type,
    method: 'GET',
    parameters: {
      query: new URLSearchParams(parameters).toString(),
      ...(accept !== undefined && { accept }),
    },
    links: new Map(Object.entries(ids)),
  };
}

/**
 * Answers a question of the gateway: the ids of the resources that meet one condition.
 *
 * @throws OperationError 404 where not everybody may read; 400 for a bad value
 */
export async function linkedIds(
  allowed: AllowedRequest,
  type: string,
  requestBody: string | undefined,
): Promise<InteractionResult> {
  if (!mayLink(allowed)) throw notFound();
  const { parameter, value } = parsed(Question, requestBody);
  const { engine, decision, definition, base } = allowed;
  const { clauses } = parseSearch(definition, [[parameter, value]], {
    base,
    strict: true,
    nowMs: Date.now(),
  });
  const query = chainedQuery(allowed, type, clauses);
  const [rows = []] = await readRows<{ id: string }>(engine.pool, decision, [
    idsStatement(query, MAX_LINKED + 1),
  ]);
  return {
    headers: { 'content-type': 'application/json' },
    body: [JSON.stringify({ ids: rows.map(({ id }) => id) })],
    disclosure: { interaction: 'search-type', type, counts: { [type]: rows.length } },
  };
}
