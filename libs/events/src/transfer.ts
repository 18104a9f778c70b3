/**
 * What counts as a transfer of a member's data to an app, for the plan's yearly report (42 CFR 422.119(f), "unique
 * enrollees whose data are transferred via the Patient Access API to a health app designated by the enrollee").
 *
 * The rule does not define one transfer. Here, everything that one app receives about one member on one day (UTC) is
 * one transfer. The reason: an app fetches a record in dozens of requests, and the report asks who came "more than
 * once". A response counts when it succeeded and its body holds at least one resource of the member's own. The
 * directory, the record of access, an unchanged page (304) and the answer to a HEAD do not count. The app is one that
 * the member has agreed to, no matter where the launch began. The plan's own pages, and whoever opens a link to a card,
 * are no apps.
 */
import { definitions, isReferenceData } from '@patient-access/fhir';
import type { AccessEvent } from './access-event.ts';
import { OWN_CLIENT_IDS } from './own-clients.ts';

/** SHA-256 of an empty body, as a 304 has, and the answer to a HEAD. */
export const EMPTY_BODY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * Types that are a member's data. A type that an app must name in its scope (a wildcard is not enough) records access
 * to data, and is not data about the member's health or coverage.
 */
const transferable = new Set(
  [...definitions]
    .filter(([, definition]) => !isReferenceData(definition) && !definition.namedOnly)
    .map(([type]) => type),
);

/** @param counts number of disclosed resources, by type @returns whether at least one of them is the member's data */
export const isTransferable = (counts: readonly (readonly [type: string, count: number])[]): boolean =>
  counts.some(([type, count]) => count > 0 && transferable.has(type));

export interface Transfer {
  /** logical id of the Patient */
  member: string;
  /** client id of the app */
  client: string;
  /** UTC, `2026-01-31` */
  day: string;
}

/** @returns the transfer that an event counts for; undefined when it counts for none */
export function transferOf(event: AccessEvent): Transfer | undefined {
  const { kind, outcome, member, client, grantId, counts = {}, bodyHash, recorded } = event;
  if (kind !== 'rest' || outcome !== '0' || member === undefined || !client || grantId === undefined)
    return undefined;
  if (OWN_CLIENT_IDS.includes(client.id)) return undefined;
  if (!isTransferable(Object.entries(counts)) || bodyHash === EMPTY_BODY_HASH) return undefined;
  return { member, client: client.id, day: recorded.slice(0, 'yyyy-mm-dd'.length) };
}
