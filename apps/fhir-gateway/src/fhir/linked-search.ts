/**
 * Finds the targets of chains that another service keeps, where everybody may read
 * (docs/adr/0131-ask-two-services-for-a-chain-of-what-is-published.md).
 */
import {
  chainTooCostly,
  linkedKey,
  type LinkedQuestion,
  OperationError,
  ownersOf,
  publicationOf,
  unavailable,
} from '@patient-access/fhir';
import {
  LinkedIds,
  linkedPath,
  type LinkedSearch,
  LinksWanted,
  MAX_LINKED,
} from '@patient-access/internal-api';
import type { AuthenticatedRequest } from '../identity/introspected-token.ts';
import type { OwnerClient } from '../proxy/owner-client.ts';

/** Each is a request to another service, so a search may not have as many as it has parameters. */
const MAX_QUESTIONS = 4;
const OK = 200;

/** What a client reads of a question: its own chain. */
const chainOf = ({ chain, parameter }: LinkedQuestion): string => chain ?? parameter;

/** @returns the ids of what meets the question; none where the publication does not have the type */
async function idsOf(
  owners: OwnerClient,
  request: AuthenticatedRequest,
  { type, parameter, value }: LinkedQuestion,
): Promise<string[]> {
  const { tenant } = request.user.claims;
  const [owner] = ownersOf(type);
  const { profiles = {} } = publicationOf(tenant) ?? {};
  if (!owner || !Object.hasOwn(profiles, type)) return [];
  try {
    const { status, body } = await owners.query(owner, request, {
      path: `/${tenant}/${linkedPath(type, 'ids')}`,
      body: JSON.stringify({ parameter, value }),
    });
    // A service of the release before does not know the question.
    if (status !== OK) throw new Error(`${owner} answered ${status}`);
    return LinkedIds.parse(JSON.parse(body)).ids;
  } catch (error) {
    throw error instanceof OperationError ? error : unavailable(error);
  }
}

/**
 * @param text what the owner of the search wants to know
 * @returns its search again, with the answers
 * @throws OperationError 400 for too many questions or targets, 503 when a service does not answer
 */
export async function answerLinks(
  owners: OwnerClient,
  request: AuthenticatedRequest,
  text: string,
): Promise<LinkedSearch & { type: string }> {
  const { type, parameters, questions } = LinksWanted.parse(JSON.parse(text));
  const surplus = questions[MAX_QUESTIONS];
  if (surplus)
    throw chainTooCostly(
      `this search has more than ${MAX_QUESTIONS} such chains: ${questions.map(chainOf).join(', ')}. Leave one out.`,
      chainOf(surplus),
    );
  const found = await Promise.all(
    questions.map(async (question) => {
      const ids = await idsOf(owners, request, question);
      if (ids.length <= MAX_LINKED) return [linkedKey(question), ids] as const;
      throw chainTooCostly(
        `more than ${MAX_LINKED} resources of type ${question.type} match. Make the value narrower.`,
        chainOf(question),
      );
    }),
  );
  return { type, parameters, ids: Object.fromEntries(found) };
}
