/**
 * Works out how many records a backup lacks, by producer. Each checkpoint says how many records were stored on its day. This module
 * adds them up for all days since the backup, and subtracts what the backup has of the first of these days.
 *
 * A database may have been restored several times. Between two restores the trail has a history of its own: two checkpoints can
 * have the same number and stand for different records. So each history is counted by itself.
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

/** The trail from one of the later restores to the next one, or before the first of them. */
interface History {
  /** when that restore was signed; empty before the first */
  began: string;
  /** `began` of the histories that it continues, and its own */
  line: ReadonlySet<string>;
  /** up to where in each lane the backup has the records of this history */
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

/** Does the backup have all records that the checkpoint has signed? */
function isWithin({ heads }: Checkpoint, shared: readonly LaneEnd[]): boolean {
  const ends = new Map(shared.map(({ lane, seq }) => [lane, seq]));
  return heads.every(({ lane, seq }) => seq <= (ends.get(lane) ?? 0));
}

function lastOfEachDay(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  return [...new Map(oldestFirst(checkpoints).map((checkpoint) => [dayOf(checkpoint), checkpoint])).values()];
}

/** @param said how many were stored, by the checkpoints @param inBackup what the backup has of the first of these days */
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
  // The backup ends on the first day, so it has records of no later one. Where the checkpoint of the first day counts nothing, there
  // is nothing to subtract from.
  if (!first?.today) return said;
  // The first day begins where the last checkpoint of an earlier day ends.
  const before = ofLine
    .map(({ checkpoint }) => checkpoint)
    .filter((checkpoint) => dayOf(checkpoint) < dayOf(first) && isWithin(checkpoint, shared));
  const base = oldestFirst(before).at(-1);
  return without(said, await storedBetween(owner, tenant, base?.heads ?? [], shared));
}

/**
 * Counts each history by itself. A record that services sent again after an earlier restore is in two histories, and counts twice.
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
