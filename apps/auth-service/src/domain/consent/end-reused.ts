/** Ends a grant whose code or refresh token was used twice (RFC 9700 section 4.14), and records its end. */
import type { Pool } from '@patient-access/database';
import { contextOfPlan } from '../audit/access-event.ts';
import { grantOf } from '../grants/records.ts';
import { endGrantOfRecord, endWholeGrant } from './end-whole-grant.ts';

/**
 * The request itself leaves an event about the token. This one names the grant, so that the trail knows each grant that
 * ended, also after a restore of this database (ADR 60).
 */
export async function endReusedGrant(pool: Pool, tenant: string, grantId: string): Promise<void> {
  await endWholeGrant(pool, grantId, 'reuse', contextOfPlan(tenant));
}

/**
 * Ends the grant of a record that was used twice. If the record is gone, so is its grant.
 *
 * @returns false where the record is unused: it expired, its plan was suspended or its grant was replaced. Then nothing ends.
 */
export async function endGrantOf(pool: Pool, key: [string, string, string]): Promise<boolean> {
  const record = await grantOf(pool, key);
  if (record && !record.isUsed) return false;
  await endGrantOfRecord(pool, key, 'reuse', contextOfPlan(key[0]));
  return true;
}
