/** What a backup lacks, by producer: what the checkpoints say of the days since, without what the backup has of them. */
import type pg from 'pg';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { oldestFirst } from '../checkpoints/signed.ts';
import { type LaneEnd, type StoredOf, storedBetween, addedUp } from '../checkpoints/stored-of.ts';

const dayOf = ({ signed }: Pick<Checkpoint, 'signed'>) => signed.slice(0, 'yyyy-mm-dd'.length);

/** Does the backup have all that the checkpoint stands for? */
function isWithin({ heads }: Checkpoint, restored: readonly LaneEnd[]): boolean {
  const ends = new Map(restored.map(({ lane, seq }) => [lane, seq]));
  return heads.every(({ lane, seq }) => seq <= (ends.get(lane) ?? 0));
}

function lastOfEachDay(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  const last = new Map<string, Checkpoint>();
  for (const checkpoint of checkpoints) {
    const known = last.get(dayOf(checkpoint));
    if (!known || known.signed < checkpoint.signed) last.set(dayOf(checkpoint), checkpoint);
  }
  return [...last.values()];
}

/** @param inBackup what the backup has of the first of the days */
function without(said: readonly StoredOf[], inBackup: readonly StoredOf[]): StoredOf[] {
  const there = new Map(inBackup.map(({ producer, records }) => [producer, records]));
  return said
    .map((each) => ({ ...each, records: Math.max(0, each.records - (there.get(each.producer) ?? 0)) }))
    .filter(({ records }) => records > 0);
}

/**
 * @param owner connection to the database as it came from the backup
 * @param heads of one tenant: those of the last hour and the last one of each day, at least
 */
export async function lackingIn(
  owner: pg.Client,
  { tenant, restored }: { tenant: string; restored: readonly LaneEnd[] },
  heads: readonly Checkpoint[],
): Promise<StoredOf[]> {
  const lost = lastOfEachDay(heads.filter((checkpoint) => !isWithin(checkpoint, restored)));
  const said = addedUp(lost.flatMap(({ today = [] }) => today));
  const [first] = oldestFirst(lost);
  // The backup has something of its first day alone; what a day does not say is not taken from what another one says.
  if (!first?.today) return said;
  // It began behind the last checkpoint of the day before.
  const before = heads.filter((checkpoint) => dayOf(checkpoint) < dayOf(first));
  const base = before.sort((one, other) => (one.signed < other.signed ? 1 : -1))[0];
  return without(said, await storedBetween(owner, tenant, base?.heads ?? [], restored));
}
