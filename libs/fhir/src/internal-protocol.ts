/** What gateway and owners say to each other beside FHIR; none of it is seen outside. */

/** Asks an owner about related resources, below the tenant. The gateway passes on no path from outside that begins so. */
export const RELATED_PATH = '$related';
/** Header of a page that is still to be completed: its {@link Includes} as JSON. */
export const INCLUDES_HEADER = 'x-includes';
/** Header of a part of an answer that is empty, and not the last. */
export const EMPTY_PART_HEADER = 'x-empty-part';
/** Parameter that names the owner whose part is wanted. It decides nothing: each part is authorized by itself. */
export const PART = '_part';

/** A page with what was included. */
export const MAX_COMPLETED_BYTES = 5 * 1024 * 1024;
