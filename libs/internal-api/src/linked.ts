/**
 * A chain of what is published whose target another service keeps
 * (docs/adr/0131-ask-two-services-for-a-chain-of-what-is-published.md). The owner of the search says what has to be asked
 * there, the gateway asks, and sends the search again with the ids. No outside request has one of these paths.
 */
import { z } from 'zod';

/**
 * On the gateway's request: it can ask the other service. Only then is it on an answer, whose body is {@link LinksWanted}. A
 * gateway of the release before never sends it, and such chains are refused.
 */
export const LINKS_HEADER = 'x-links';

/** More targets than this, and the search is refused. */
export const MAX_LINKED = 500;

const Pairs = z.array(z.tuple([z.string(), z.string()]));

export const LinksWanted = z.object({
  type: z.string(),
  /** those of the search, as they were decoded */
  parameters: Pairs,
  questions: z.array(
    z.object({
      type: z.string(),
      parameter: z.string(),
      value: z.string(),
      /** as the client wrote it; a service of the release before does not say it */
      chain: z.string().optional(),
    }),
  ),
});
export type LinksWanted = z.infer<typeof LinksWanted>;

/** The answer to one question: one more than {@link MAX_LINKED} tells that there are more. */
export const LinkedIds = z.object({ ids: z.array(z.string()) });

export const LinkedSearch = z.object({
  parameters: Pairs,
  /** the ids by question, as `linkedKey` of libs/fhir writes it */
  ids: z.record(z.string(), z.array(z.string()).max(MAX_LINKED)),
});
export type LinkedSearch = z.infer<typeof LinkedSearch>;

const PATH = /^([A-Z][A-Za-z]*)\/\$linked-(ids|search)$/;

/** POST below the tenant: of a question, and of the search with the ids. */
export const linkedPath = (type: string, of: 'ids' | 'search'): string => `${type}/$linked-${of}`;

/** @returns what a path below the tenant asks; undefined for any other path */
export function linkedRequest(path: string): { type: string; of: 'ids' | 'search' } | undefined {
  const [, type = '', of] = PATH.exec(path) ?? [];
  return of === undefined ? undefined : { type, of: of as 'ids' | 'search' };
}
