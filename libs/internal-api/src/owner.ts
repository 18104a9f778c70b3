/**
 * What the gateway asks the owners of data. An owner answers `/{tenant}/{path below the FHIR base}` with the introspection
 * JWT as bearer token, and binds its response by {@link bindingHeaders}.
 */

/** The largest page that the gateway completes with what its includes mean. */
export const MAX_COMPLETED_BYTES = 5 * 1024 * 1024;

/** In a page that the gateway has to complete: its `Includes` (libs/fhir) as JSON. */
export const INCLUDES_HEADER = 'x-includes';

/** In a part of an answer that holds nothing and is not the last part: the gateway asks the next owner at once. */
export const EMPTY_PART_HEADER = 'x-empty-part';

/** Query parameter that names the owner whose part is wanted. It decides nothing: each owner authorizes by itself. */
export const PART_PARAMETER = '_part';

/**
 * POST of a `RelatedRequest` (libs/fhir), below the tenant: the entries that belong beside a page, one a line. The
 * gateway passes on no path from outside that begins like this one.
 */
export const RELATED_PATH = '$related';

/** The first question about a page, or the second or third, about what the answer before it has added. */
const RELATED = new RegExp(`^\\${RELATED_PATH}(?:/([23]))?$`);

/** @param round 1 for the first question about a page */
export const relatedPath = (round: number): string => (round > 1 ? `${RELATED_PATH}/${round}` : RELATED_PATH);

/** @returns the round that a path below the tenant asks for; undefined when it is another path */
export function relatedRound(path: string): number | undefined {
  const match = RELATED.exec(path);
  return match ? Number(match[1] ?? 1) : undefined;
}
