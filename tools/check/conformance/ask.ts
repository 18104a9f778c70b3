/** Asks one search and judges the answer. */
import type { GuideQuestion } from './questions.ts';
import { resourceName, type Served } from './supported.ts';

interface Bundle {
  resourceType: string;
  entry?: { resource: Served; search?: { mode?: string } }[];
  link?: { relation: string; url: string }[];
}

export interface FhirAccess {
  base: string;
  token: string;
}

const MAX_PAGES = 20;

async function pageOf(client: FhirAccess, url: string, form?: URLSearchParams): Promise<Bundle | string> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${client.token}` },
    ...(form && { method: 'POST', body: form }),
  });
  const text = await response.text();
  if (response.status !== 200) return `${response.status} ${text.slice(0, 200)}`;
  return JSON.parse(text) as Bundle;
}

/** Names of the resources in a Bundle, by their mode. */
const namesIn = ({ entry = [] }: Bundle): Map<string, string> =>
  new Map(entry.map(({ resource, search }) => [resourceName(resource), search?.mode ?? 'match']));

const nextOf = ({ link = [] }: Bundle): string | undefined =>
  link.find(({ relation }) => relation === 'next')?.url;

/** @returns what is wrong with the answer to a search by GET, and its first page */
async function askByGet(
  client: FhirAccess,
  { type, query, expected, mode }: GuideQuestion,
): Promise<{ problem?: string; first?: Bundle }> {
  let url: string | undefined = `${client.base}/${type}?${query}`;
  let first: Bundle | undefined;
  for (let page = 0; url !== undefined && page < MAX_PAGES; page += 1) {
    const bundle: Bundle | string = await pageOf(client, url);
    if (typeof bundle === 'string') return { problem: bundle };
    first ??= bundle;
    if (namesIn(bundle).get(expected) === mode) return { first };
    url = nextOf(bundle);
  }
  return { problem: `${expected} is not in the answer to ?${query}` };
}

/**
 * Asks by GET, and a search without includes by POST, too.
 *
 * @returns what is wrong with the answer; undefined for nothing
 */
export async function problemWith(client: FhirAccess, question: GuideQuestion): Promise<string | undefined> {
  const { problem, first } = await askByGet(client, question);
  if (problem !== undefined || !first) return problem;
  if (question.mode === 'include') return undefined;
  const posted = await pageOf(client, `${client.base}/${question.type}/_search`, question.query);
  if (typeof posted === 'string') return `POST _search: ${posted}`;
  const names = (bundle: Bundle) => [...namesIn(bundle).keys()].sort().join();
  return names(posted) === names(first) ? undefined : 'POST _search answers otherwise than GET';
}
