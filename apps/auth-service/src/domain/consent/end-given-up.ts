/** Ends the grant of a refresh token that its app gives up (RFC 7009 section 2.1), with the event about it or not at all. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { EventContext } from '../audit/access-event.ts';
import { queryOn } from '../database.ts';
import { endGrant, grantOf } from '../grants/records.ts';
import { endGrantsOf } from './end-grants.ts';

/**
 * The token goes with its grant. If it went before, a failure in between would leave a consent that the app cannot give up any more.
 *
 * @param key of the record of the token
 * @returns whether a consent ended, and so has its event
 */
export async function endGivenUp(
  pool: Pool,
  context: EventContext,
  key: [tenant: string, model: string, id: string],
): Promise<boolean> {
  let consents = 0;
  let ended: string | undefined;
  for (let grant = (await grantOf(pool, key))?.grantId; grant !== undefined && grant !== ended;) {
    const whose = { grant };
    consents += await inTransaction(pool, (client) => endGrantsOf(queryOn(client), whose, 'app', context));
    // What stands on no consent, or on one whose time is over.
    await endGrant(pool, key[0], grant, 'app');
    ended = grant;
    // A narrower grant may have taken its place meanwhile, and then the token is there still (narrow-grants.ts).
    grant = (await grantOf(pool, key))?.grantId;
  }
  return consents > 0;
}
