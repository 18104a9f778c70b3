/** Ends what an app gives up with a token (RFC 7009 section 2.1), with the event about it or not at all. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { AccessEvent } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import type { EventContext } from '../audit/access-event.ts';
import { destroyToken } from '../grants/records.ts';
import { endGrantOfRecord } from './end-whole-grant.ts';

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
export const endGivenUp = async (
  pool: Pool,
  context: EventContext,
  key: [tenant: string, model: string, id: string],
): Promise<boolean> => (await endGrantOfRecord(pool, key, 'app', context)) > 0;
