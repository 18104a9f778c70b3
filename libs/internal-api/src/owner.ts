/**
 * The calls of the gateway to owners. An owner answers `/{tenant}/{path below the FHIR base}` with the introspection
 * JWT as bearer token, and binds its response by {@link bindingHeaders}.
 */

/** The largest page to which the gateway adds included resources. */
export const MAX_COMPLETED_BYTES = 5 * 1024 * 1024;

/** On a page that the gateway has to complete: its `Includes` (libs/fhir) as JSON. */
export const INCLUDES_HEADER = 'x-includes';

/** On a part of an answer that is empty and not the last one. The gateway then asks the next owner at once. */
export const EMPTY_PART_HEADER = 'x-empty-part';

/**
 * Query parameter that names the owner of the requested part. It decides nothing about access: each owner authorizes
 * the request itself.
 */
export const PART_PARAMETER = '_part';

/**
 * POST of a `RelatedRequest` (libs/fhir) below the tenant: the entries of a page's related resources, one on each
 * line. The gateway passes on no outside request whose path begins like this one.
 */
export const RELATED_PATH = '$related';

/**
 * The first request is about a page. The second and the third are about the resources that the answer before has
 * added.
 */
const RELATED = new RegExp(`^\\${RELATED_PATH}(?:/([23]))?$`);

/** @param round 1 for the first request about a page */
export const relatedPath = (round: number): string => (round > 1 ? `${RELATED_PATH}/${round}` : RELATED_PATH);

/** @returns the round in a path below the tenant; undefined for any other path */
export function relatedRound(path: string): number | undefined {
  const match = RELATED.exec(path);
  return match ? Number(match[1] ?? 1) : undefined;
}
