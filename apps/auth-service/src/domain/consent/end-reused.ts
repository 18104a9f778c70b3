/** Ends a grant whose code or refresh token was used twice (RFC 9700 section 4.14), and records its end. */
import { inTransaction, type Pool } from '@patient-access/database';
import { contextOfPlan } from '../audit/access-event.ts';
import { queryOn } from '../database.ts';
import { endGrant, grantOf } from '../grants/records.ts';
import { endGrantsOf } from './end-grants.ts';

/**
 * The request itself leaves an event about the token. This one names the grant, so that the trail knows each grant that
 * ended, also after a restore of this database (ADR 60).
 */
export async function endReusedGrant(pool: Pool, tenant: string, grantId: string): Promise<void> {
  await inTransaction(pool, (client) =>
    endGrantsOf(queryOn(client), { grant: grantId }, 'reuse', contextOfPlan(tenant)),
  );
  // What stands on no consent, or on one whose time is over.
  await endGrant(pool, tenant, grantId, 'reuse');
}

/**
 * Ends the grant of a record that was used twice. If the record is gone, so is its grant.
 *
 * @returns false where the record is unused: it expired, its plan was suspended or its grant was replaced. Then nothing ends.
 */
export async function endGrantOf(pool: Pool, key: [string, string, string]): Promise<boolean> {
  const record = await grantOf(pool, key);
  if (record && !record.isUsed) return false;
  let ended: string | undefined;
  for (let grantId = record?.grantId; grantId !== undefined && grantId !== ended;) {
    await endReusedGrant(pool, key[0], grantId);
    ended = grantId;
    // A narrower grant may have taken its place meanwhile, and then the record is there still (narrow-grants.ts).
    grantId = (await grantOf(pool, key))?.grantId;
  }
  return true;
}
