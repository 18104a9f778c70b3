/**
 * The calls of the gateway to owners. An owner answers `/{tenant}/{path below the FHIR base}` with the introspection
 * JWT as bearer token, and binds its response by {@link bindingHeaders}.
 */
import { LINKS_HEADER } from './linked.ts';

/** The largest page to which the gateway adds included resources. */
export const MAX_COMPLETED_BYTES = 5 * 1024 * 1024;

/** On a page that the gateway has to complete: its `Includes` (libs/fhir) as JSON. */
export const INCLUDES_HEADER = 'x-includes';

/**
 * How many more entries a page has room for. On the last page of a part that is not the last part: the gateway then
 * fills the page from the next part. On the gateway's request for that part: it gives no more entries.
 */
export const ROOM_HEADER = 'x-room';

/**
 * On the gateway's request: it asks the next owner where this one has nothing to say. Only then is it on an answer without
 * a body, which says so. A gateway of the release before would pass that on as an empty answer.
 */
export const NO_ANSWER_HEADER = 'x-no-answer';

/** Headers by which an owner says what the gateway has to do with its answer. No client gets one of them. */
export const FOR_THE_GATEWAY: readonly string[] = [
  INCLUDES_HEADER,
  LINKS_HEADER,
  NO_ANSWER_HEADER,
  ROOM_HEADER,
];

/**
 * Query parameter that names the requested part: an owner, or {@link REFERENCE_DATA_PART}. It decides nothing about
 * access: each owner authorizes the request itself.
 */
export const PART_PARAMETER = '_part';

/** The last part of a member's record: the resources of the plan to which the other parts refer. */
export const REFERENCE_DATA_PART = 'reference-data';

/** How often the gateway asks for the resources of one page of that part, if some of them do not exist. */
export const MAX_REFERENCE_DATA_ROUNDS = 3;

/**
 * An owner's answer to a request for the part {@link REFERENCE_DATA_PART}: where its resources refer to. The gateway
 * joins the answers of all owners and fetches the resources.
 */
export interface ReferredResources {
  /** absolute URL of the page */
  self: string;
  /** entries that the page has room for */
  room: number;
  /** distinct, in bytewise order of the references; one more than the rounds can take tells that there are more */
  referred: {
    /** `Type/id` */
    reference: string;
    /** absolute URL of the page that begins behind this reference */
    next: string;
  }[];
}

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
