/** Whether what would have to be known of a plan outside the database is known there. */
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import type { TrailRecords } from './records.ts';
import type { VerifierKeys } from './verify.ts';

/** Checkpoints are signed once a minute. A day is left for brokers that are away. */
const DAY_MS = 86_400_000;

async function isOlderThan(
  records: TrailRecords,
  tenant: string,
  { checkpoints: keys }: VerifierKeys,
  time: number,
): Promise<boolean> {
  const checkpoints = await records.fewCheckpoints(tenant, keys);
  if (checkpoints.some(({ signed }) => Date.parse(signed) < time)) return true;
  // Whoever rules the database can empty the table of checkpoints too.
  const oldest = await records.oldest(tenant);
  return oldest !== undefined && oldest.getTime() < time;
}

/**
 * @param published checkpoints of any tenant, from outside the database
 * @returns whether they have none of this tenant, which has a checkpoint or a record in the database that is a day old
 */
export async function lacksPublished(
  records: TrailRecords,
  tenant: string,
  keys: VerifierKeys,
  published: readonly Checkpoint[],
): Promise<boolean> {
  if (published.some((checkpoint) => checkpoint.tenant === tenant)) return false;
  return isOlderThan(records, tenant, keys, Date.now() - DAY_MS);
}

/**
 * Who takes the checkpoints away where they are kept may cut the trail too, and the next ones vouch for what is left. Nobody
 * can tell that from a place that came into use late. So this is no problem of the trail, but it has to be said.
 *
 * @param published with the oldest that is known of each tenant
 * @returns when its checkpoints outside begin, if its trail begins more than a day before
 */
export async function beginsLate(
  records: TrailRecords,
  tenant: string,
  published: readonly Checkpoint[],
): Promise<{ outside: string; trail: string } | undefined> {
  const [outside] = published.flatMap((each) => (each.tenant === tenant ? [each.signed] : [])).sort();
  if (outside === undefined) return undefined;
  const trail = await records.oldest(tenant);
  if (!trail || trail.getTime() >= Date.parse(outside) - DAY_MS) return undefined;
  return { outside, trail: trail.toISOString() };
}
