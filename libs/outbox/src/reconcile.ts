import type { SequenceRange } from '@patient-access/events';
import type pg from 'pg';
import type { AuditStore } from './audit-store.ts';
import { deleteStored, leasedRange } from './leases.ts';

/** The most sequence numbers in one question to the audit store. */
const WINDOW = 5_000;

/** @param others in ascending order, without overlap @returns the parts of a range that none of the others covers */
function complement([first, last]: SequenceRange, others: readonly SequenceRange[]): SequenceRange[] {
  const rest: SequenceRange[] = [];
  let from = first;
  for (const [low, high] of others) {
    if (low > from) rest.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= last) rest.push([from, last]);
  return rest;
}

/**
 * Asks the audit store which of the sent events it has, and deletes those. A broker's acknowledgement deletes no row
 * (security rule D13). A row that stays is lost or still on its way.
 *
 * @returns the number of deleted rows
 */
export async function confirmDelivered(pool: pg.Pool, service: string, store: AuditStore): Promise<number> {
  const sent = await leasedRange(pool, service);
  if (!sent) return 0;
  let confirmed = 0;
  for (let [from] = sent.range; from <= sent.range[1]; from += WINDOW) {
    const window: SequenceRange = [from, Math.min(from + WINDOW - 1, sent.range[1])];
    const missing = await store.missing(sent.producer, window);
    confirmed += await deleteStored(pool, complement(window, missing));
  }
  return confirmed;
}
