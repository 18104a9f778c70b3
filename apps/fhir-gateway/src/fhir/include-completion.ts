/** Completes a page with the resources that its includes need. */
import {
  type Includes,
  isPart2Notice,
  type Owner,
  relatedRequests,
  type RelatedRequest,
  type Resource,
  tooCostly,
  withPart2Meta,
} from '@patient-access/fhir';
import { MAX_COMPLETED_BYTES } from '@patient-access/internal-api';

/** The first round follows the references of the page. The others follow `:iterate`. */
const MAX_ROUNDS = 3;
const END = ']}';

/** Sends a request to one owner. @returns entries, one on each line */
export type FetchRelated = (owner: Owner, round: number, request: RelatedRequest) => Promise<string>;

export interface CompletedPage {
  /** JSON */
  body: string;
  /** were records under 42 CFR Part 2 added to a page that had none? */
  addsPart2: boolean;
}

interface Entry {
  resource: Resource;
  search?: { mode: string };
}

const versionedReference = ({ resourceType, id, meta }: Resource) =>
  `${resourceType}/${id}/_history/${meta?.versionId ?? ''}`;

function onlyIterating({ include, revinclude }: Includes): Includes {
  const iterating = (includes: Includes['include']) => includes.filter(({ iterate }) => iterate);
  return { include: iterating(include), revinclude: iterating(revinclude) };
}

/**
 * Asks all owners concerned at the same time, once in each round. Adds their entries behind the matches, each version
 * of a resource once. The bytes of matches and entries are not changed.
 *
 * @param page a Bundle as its owner wrote it, which ends with its entries and has at least one
 * @throws OperationError 400 when the page becomes too large; the errors of `fetchRelated`, so no incomplete page is
 * sent
 */
export async function completeIncludes(
  page: string,
  includes: Includes,
  fetchRelated: FetchRelated,
): Promise<CompletedPage> {
  const entries = (JSON.parse(page) as { entry: Entry[] }).entry;
  const resources = entries.map(({ resource }) => resource);
  let latest = entries.filter(({ search }) => search?.mode !== 'outcome').map(({ resource }) => resource);
  let notice: string | undefined;
  const present = new Set(latest.map(versionedReference));
  const known = new Set([...present, ...latest.map(({ resourceType, id }) => `${resourceType}/${id}`)]);
  const added: string[] = [];
  let characters = page.length;
  let wanted = includes;
  for (let round = 1; round <= MAX_ROUNDS && latest.length > 0; round += 1) {
    const requests = [...relatedRequests(latest, wanted, known)];
    const answers = await Promise.all(
      requests.map(([owner, request]) => fetchRelated(owner, round, request)),
    );
    latest = [];
    for (const entry of answers.flatMap((answer) => answer.split('\n')).filter(Boolean)) {
      const { resource } = JSON.parse(entry) as Entry;
      if (isPart2Notice(resource)) {
        notice = entry;
        continue;
      }
      if (present.has(versionedReference(resource))) continue;
      present.add(versionedReference(resource));
      latest.push(resource);
      added.push(entry);
      characters += entry.length;
      if (characters > MAX_COMPLETED_BYTES) throw tooCostly();
    }
    wanted = onlyIterating(includes);
  }
  // One notice is enough for the page.
  const isNew = notice !== undefined && !resources.some(isPart2Notice);
  const more = [...added, ...(isNew ? [notice] : [])];
  const body = more.length === 0 ? page : `${page.slice(0, -END.length)},${more.join(',')}${END}`;
  return { body: isNew ? withPart2Meta(body) : body, addsPart2: isNew };
}
