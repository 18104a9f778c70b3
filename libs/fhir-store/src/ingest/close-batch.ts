import { recordStatement } from '@patient-access/outbox/record';
import type pg from 'pg';
import { withdrawComplete } from './loads/complete-records.ts';
import { ingestEvents } from './ingest-event.ts';
import type { IngestResult } from './ingest-item.ts';
import type { IngestOptions } from './ingest-options.ts';

/** Who changes records, and in which load. */
export type BatchOf = Pick<IngestOptions, 'feed' | 'load'>;

/**
 * Ends a transaction that changed records: withdraws what the plan has stated of them, and records the events in the
 * outbox of the owner, whose relay delivers them.
 */
export async function closeBatch(
  client: pg.PoolClient,
  tenant: string,
  { feed, load }: BatchOf,
  results: readonly Pick<IngestResult<unknown>, 'type' | 'status'>[],
): Promise<void> {
  const changed = results.filter(({ status }) => status !== 'unchanged').map(({ type }) => type);
  await withdrawComplete(client, tenant, changed, load);
  const events = feed ? ingestEvents(feed, tenant, results) : [];
  if (events.length > 0) await client.query(recordStatement(events));
}
