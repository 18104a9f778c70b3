import type { SequenceRange } from '@patient-access/events';
import type pg from 'pg';
import type { AuditStore } from './audit-store.ts';
import { deleteStored, leasedRange } from './leases.ts';

/** Numbers asked about at once. */
const WINDOW = 5_000;

/** @returns what of a range is in none of the others, which are in order and apart */
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
 * Asks the audit store what it has of what was sent, and deletes that. No ack of a broker deletes a row (security rule
 * D13): what stays is a gap, or still on its way.
 *
 * @returns how many rows were deleted
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
