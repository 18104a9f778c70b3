/** Until when a backup has all that was signed. */
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { oldestFirst } from '../checkpoints/signed.ts';
import type { TrailRecords } from '../verify/records.ts';
import type { Position } from '../verify/verify-chain.ts';

async function isWithin(
  records: TrailRecords,
  { tenant, heads }: Checkpoint,
  ends: ReadonlyMap<number, Position>,
): Promise<boolean> {
  if (heads.some(({ lane, seq }) => seq > (ends.get(lane)?.seq ?? 0))) return false;
  for (const { lane, seq, hash } of heads)
    // There is no such record where its month was dropped.
    for await (const record of records.read({ tenant, lane }, seq - 1, seq, 1))
      if (record.hash.toString('hex') !== hash) return false;
  return true;
}

/**
 * Looks at the records, and not at the backup's own copies of checkpoints alone: whoever made the backup could have left out some of
 * these.
 *
 * @param ends of the tenant's lanes in the backup
 * @param checkpoints of the tenant
 * @returns when the last checkpoint was signed whose records are in the backup; undefined when none are
 */
export async function backupTime(
  records: TrailRecords,
  ends: ReadonlyMap<number, Position>,
  checkpoints: readonly Checkpoint[],
): Promise<string | undefined> {
  for (const checkpoint of oldestFirst(checkpoints).reverse())
    if (await isWithin(records, checkpoint, ends)) return checkpoint.signed;
  return undefined;
}
