import { type AccessEvent, eventOf, laneOf, recordHash, recordOf, signBatch } from '@patient-access/events';
import type { Pool } from '@patient-access/database';
import { storeBatch } from '../src/store-events.ts';
import { CLAIMS_PRODUCER, signerOf } from './world.ts';

/** Beyond the numbers that a world gives out. */
let last = 1_000_000;

/**
 * Signs and stores an event of claims-service, as a release before would have that asked less of what arrives.
 *
 * @param pool of the role that appends
 */
export async function storeUnseen(pool: Pool, event: AccessEvent): Promise<void> {
  const text = recordOf(event);
  const sequence = (last += 1);
  const place = { producer: CLAIMS_PRODUCER, tenant: event.tenant, lane: laneOf(event) };
  const batch = signBatch(signerOf('claims-service'), { ...place, records: [{ sequence, text }] });
  const hash = recordHash(text);
  await storeBatch(pool, {
    batch,
    hashes: [hash],
    records: [{ sequence, text, hash, event: eventOf(text) }],
  });
}
