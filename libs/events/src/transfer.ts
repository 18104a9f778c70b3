/**
 * What counts as a transfer of a member's data to an app, for the plan's yearly report (42 CFR 422.119(f), "unique
 * enrollees whose data are transferred via the Patient Access API to a health app designated by the enrollee").
 *
 * The rule leaves open what one transfer is. Here it is what one app gets of one member's data on one day (UTC): an app
 * fetches a record in dozens of requests, and "more than once" is about coming back. An answer counts when it was a
 * success with a body that holds at least one resource of the member's own: not the directory, not the record of access,
 * not an unchanged page (304). The app is one that the member has agreed to, wherever the launch began.
 */
import { definitions, isReferenceData } from '@patient-access/fhir';
import type { AccessEvent } from './access-event.ts';

/** SHA-256 of nothing: the body of a 304. */
export const EMPTY_BODY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Types that are a member's data. What only an app that names it may see is about access, not about health. */
const transferable = new Set(
  [...definitions]
    .filter(([, definition]) => !isReferenceData(definition) && !definition.namedOnly)
    .map(([type]) => type),
);

/** @param counts resources that were disclosed, by type */
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

/** @returns undefined for an event that is no transfer */
export function transferOf(event: AccessEvent): Transfer | undefined {
  const { kind, outcome, member, client, grantId, counts = {}, bodyHash, recorded } = event;
  if (kind !== 'rest' || outcome !== '0' || member === undefined || !client || grantId === undefined)
    return undefined;
  if (!isTransferable(Object.entries(counts)) || bodyHash === EMPTY_BODY_HASH) return undefined;
  return { member, client: client.id, day: recorded.slice(0, 'yyyy-mm-dd'.length) };
}
