/** Completing a page with what its includes mean. */
import {
  type Includes,
  MAX_COMPLETED_BYTES,
  type Owner,
  relatedRequests,
  type RelatedRequest,
  type Resource,
  tooCostly,
} from '@patient-access/fhir';

/** The page itself is the first thing asked; what `:iterate` leads to is followed so far. */
const MAX_ROUNDS = 3;
const END = ']}';

/** Asks one owner. @returns entries, one a line */
export type Ask = (owner: Owner, round: number, question: RelatedRequest) => Promise<string>;

interface Entry {
  resource: Resource;
}

const versioned = ({ resourceType, id, meta }: Resource) =>
  `${resourceType}/${id}/_history/${meta?.versionId ?? ''}`;

function onlyIterating({ include, revinclude }: Includes): Includes {
  const iterating = (includes: Includes['include']) => includes.filter(({ iterate }) => iterate);
  return { include: iterating(include), revinclude: iterating(revinclude) };
}

/**
 * Asks every owner concerned, once a round, all at the same time, and adds what they answer behind the matches, each
 * version of a resource once. Matches and answers stay the bytes that they are.
 *
 * @param page a Bundle as its owner wrote it, with at least one entry, which ends it
 * @throws OperationError 400 when it becomes too much; whatever `ask` throws, for a page is complete or is none
 */
export async function completePage(page: string, includes: Includes, ask: Ask): Promise<string> {
  let latest = (JSON.parse(page) as { entry: Entry[] }).entry.map(({ resource }) => resource);
  const present = new Set(latest.map(versioned));
  const known = new Set([...present, ...latest.map(({ resourceType, id }) => `${resourceType}/${id}`)]);
  const added: string[] = [];
  let characters = page.length;
  let wanted = includes;
  for (let round = 1; round <= MAX_ROUNDS && latest.length > 0; round += 1) {
    const questions = [...relatedRequests(latest, wanted, known)];
    const answers = await Promise.all(questions.map(([owner, question]) => ask(owner, round, question)));
    latest = [];
    for (const entry of answers.flatMap((answer) => answer.split('\n')).filter(Boolean)) {
      const { resource } = JSON.parse(entry) as Entry;
      if (present.has(versioned(resource))) continue;
      present.add(versioned(resource));
      latest.push(resource);
      added.push(entry);
      characters += entry.length;
      if (characters > MAX_COMPLETED_BYTES) throw tooCostly();
    }
    wanted = onlyIterating(includes);
  }
  return added.length === 0 ? page : `${page.slice(0, -END.length)},${added.join(',')}${END}`;
}
