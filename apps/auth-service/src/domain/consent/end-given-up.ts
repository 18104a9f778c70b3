/** Ends what an app gives up with a token (RFC 7009 section 2.1), with the event about it or not at all. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import type { EventContext } from '../audit/access-event.ts';
import { queryOn } from '../database.ts';
import { destroyToken, endGrant, grantOf } from '../grants/records.ts';
import { endGrantsOf } from './end-grants.ts';

/**
 * Ends an access token alone.
 *
 * @param key of the record of the token
 * @returns whether it ended, and so has its event: of two requests at once, one ends it
 */
export const endTokenGivenUp = (
  pool: Pool,
  key: [tenant: string, model: string, id: string],
  jti: string,
  eventOf: () => AccessEvent,
): Promise<boolean> =>
  inTransaction(pool, async (client) => {
    const isEnded = await destroyToken(client, key, jti);
    if (isEnded) await client.query(recordStatement([eventOf()]));
    return isEnded;
  });

/**
 * Ends the grant of a refresh token. The token goes with its grant. If it went before, a failure in between would leave a consent that the app cannot give up any more.
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
