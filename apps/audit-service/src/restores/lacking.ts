/**
 * Works out how many records a backup lacks, by producer. The checkpoints say how many were stored on each day since the backup.
 * Those that the backup has of these days are subtracted.
 */
import type pg from 'pg';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { oldestFirst } from '../checkpoints/signed.ts';
import { type LaneEnd, type StoredOf, storedBetween, addedUp } from '../checkpoints/stored-of.ts';
import type { RestoreRecord } from './restore-record.ts';
import { endIn, standingOf } from './standing.ts';

/** A backup, as far as it matters here. */
interface Backup {
  tenant: string;
  /** where its lanes end */
  restored: readonly LaneEnd[];
  /** the restores that were signed after it was made, of which it knows nothing */
  later: readonly RestoreRecord[];
}

/** What was stored from one of the later restores to the next, or before the first of them. */
interface History {
  /** when that restore was signed; empty before the first */
  began: string;
  /** the histories that it goes on from, and itself */
  line: ReadonlySet<string>;
  /** how far the backup has the same records */
  shared: readonly LaneEnd[];
}

interface Placed {
  checkpoint: Checkpoint;
  history: History;
}

const dayOf = ({ signed }: Pick<Checkpoint, 'signed'>) => signed.slice(0, 'yyyy-mm-dd'.length);

function historyOf({ signed }: Checkpoint, { restored, later }: Backup): History {
  const before = later.filter((restore) => restore.signed < signed);
  const line = standingOf(before).map(({ restore }) => restore);
  const shared = restored.map(({ lane, seq }) => ({
    lane,
    seq: Math.min(seq, ...line.map((restore) => endIn(restore.restored, lane)?.seq ?? 0)),
  }));
  const times = line.map((restore) => restore.signed);
  return { began: times.at(-1) ?? '', line: new Set(['', ...times]), shared };
}

/** Does the backup have all that the checkpoint stands for? */
function isWithin({ heads }: Checkpoint, shared: readonly LaneEnd[]): boolean {
  const ends = new Map(shared.map(({ lane, seq }) => [lane, seq]));
  return heads.every(({ lane, seq }) => seq <= (ends.get(lane) ?? 0));
}

function lastOfEachDay(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  return [...new Map(oldestFirst(checkpoints).map((checkpoint) => [dayOf(checkpoint), checkpoint])).values()];
}

/** @param inBackup what the backup has of the first of the days */
function without(said: readonly StoredOf[], inBackup: readonly StoredOf[]): StoredOf[] {
  const there = new Map(inBackup.map(({ producer, records }) => [producer, records]));
  return said
    .map((each) => ({ ...each, records: Math.max(0, each.records - (there.get(each.producer) ?? 0)) }))
    .filter(({ records }) => records > 0);
}

async function lackingOf(
  owner: pg.Client,
  tenant: string,
  { began, line, shared }: History,
  placed: readonly Placed[],
): Promise<StoredOf[]> {
  const ofLine = placed.filter(({ history }) => line.has(history.began));
  const own = ofLine.filter(({ history }) => history.began === began).map(({ checkpoint }) => checkpoint);
  const lost = lastOfEachDay(own.filter((checkpoint) => !isWithin(checkpoint, shared)));
  const said = addedUp(lost.flatMap(({ today = [] }) => today));
  const [first] = lost;
  // The backup has something of its first day alone; what a day does not say is not taken from what another one says.
  if (!first?.today) return said;
  // It began behind the last checkpoint of the day before.
  const before = ofLine
    .map(({ checkpoint }) => checkpoint)
    .filter((checkpoint) => dayOf(checkpoint) < dayOf(first) && isWithin(checkpoint, shared));
  const base = oldestFirst(before).at(-1);
  return without(said, await storedBetween(owner, tenant, base?.heads ?? [], shared));
}

/**
 * History by history: a checkpoint of the run after a wrong backup says nothing of what was stored before it, and is no later
 * state of that. What came again in the run is in both, and counts twice.
 *
 * @param owner connection to the database as it came from the backup
 * @param heads of one tenant: those of the last hour and the last one of each day, at least
 */
export async function lackingIn(
  owner: pg.Client,
  backup: Backup,
  heads: readonly Checkpoint[],
): Promise<StoredOf[]> {
  const placed = heads.map((checkpoint): Placed => ({ checkpoint, history: historyOf(checkpoint, backup) }));
  const histories = new Map(placed.map(({ history }) => [history.began, history]));
  const found: StoredOf[] = [];
  for (const history of histories.values())
    found.push(...(await lackingOf(owner, backup.tenant, history, placed)));
  return addedUp(found);
}
