/** Tells apps of one name apart by the place where a member's answer goes back to: an app cannot make that up (security case O15). */
import { readableJson } from '../grants/records.ts';

/**
 * @param snapshot SQL of a consent snapshot
 * @returns SQL of the host; '' for an app on the member's device; null where no page was stored
 */
export const placeOf = (snapshot: string): string =>
  `(CASE WHEN ${snapshot} <> '{}' THEN coalesce(${readableJson(snapshot)} ->> 'returnTo', '') END)`;
