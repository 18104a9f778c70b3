/**
 * Which restores still count where the database was put back more than once. A later restore may have put back a backup that is
 * older than an earlier restore. Then the earlier one is undone, and what was signed between the two is about records that are
 * gone.
 */
import { oldestFirst } from '../checkpoints/signed.ts';
import type { RestoreRecord } from './restore-record.ts';

/** A restore that no later one has undone. */
export interface StandingRestore {
  restore: RestoreRecord;
  /** when the first restore was signed that it has undone. What was signed between the two is about records that are gone */
  since?: string;
}

/** @returns where a lane ended in the backup */
export const endIn = (heads: RestoreRecord['restored'], lane: number) =>
  heads.find((head) => head.lane === lane);

/** @param restores of one tenant @returns the oldest first */
export function standingOf(restores: readonly RestoreRecord[]): StandingRestore[] {
  const standing: StandingRestore[] = [];
  for (const restore of oldestFirst(restores).reverse()) {
    const undoing = standing.find(({ restore: { backupAt } }) => backupAt && backupAt < restore.signed);
    if (undoing) undoing.since = restore.signed;
    else standing.unshift({ restore });
  }
  return standing;
}

/** Is what was signed of a lane about records that a restore has lost? */
export const isGone = (
  standing: readonly StandingRestore[],
  { lane, seq, signed }: { lane: number; seq: number; signed: string },
): boolean =>
  standing.some(
    ({ restore, since }) =>
      signed < restore.signed &&
      (seq > (endIn(restore.restored, lane)?.seq ?? 0) || (since !== undefined && signed > since)),
  );
