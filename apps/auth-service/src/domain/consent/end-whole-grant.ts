/** Ends a grant with all that stands on it, and records its end. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { EndReason } from '@patient-access/events';
import type { EventContext } from '../audit/access-event.ts';
import { queryOn } from '../database.ts';
import { endGrant, grantOf } from '../grants/records.ts';
import { endGrantsOf } from './end-grants.ts';

/** @returns how many consents ended, each with its event */
export async function endWholeGrant(
  pool: Pool,
  grant: string,
  reason: EndReason,
  context: EventContext,
): Promise<number> {
  const consents = await inTransaction(pool, (client) =>
    endGrantsOf(queryOn(client), { grant }, reason, context),
  );
  // What stands on no consent, or on one whose time is over.
  await endGrant(pool, context.tenant.id, grant, reason);
  return consents;
}

/**
 * Ends the grant of a record, which goes with it.
 *
 * @param key of the record
 * @returns how many consents ended, each with its event
 */
export async function endGrantOfRecord(
  pool: Pool,
  key: [tenant: string, model: string, id: string],
  reason: EndReason,
  context: EventContext,
): Promise<number> {
  let consents = 0;
  let ended: string | undefined;
  for (let grant = (await grantOf(pool, key))?.grantId; grant !== undefined && grant !== ended;) {
    consents += await endWholeGrant(pool, grant, reason, context);
    ended = grant;
    // A narrower grant may have taken its place meanwhile, and then the record is there still (narrow-grants.ts).
    grant = (await grantOf(pool, key))?.grantId;
  }
  return consents;
}
