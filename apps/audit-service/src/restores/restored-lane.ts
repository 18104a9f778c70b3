/** What a restore means for one lane: which checkpoints speak of a history that is gone, and what of it came again. */
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import type { RestoreRecord } from './restore-record.ts';
import { endIn, isGone, type StandingRestore, standingOf } from './standing.ts';

/** What was signed of one lane. */
export interface SignedHead {
  kind: Checkpoint['kind'];
  seq: number;
  hash: string;
  /** ISO 8601 */
  signed: string;
}

/** What a verification says of a restore. */
export interface RestoredLane {
  lane: number;
  /** when the operators said so */
  signed: string;
  /** numbers that had been signed for, and have other records now or none; both included */
  from: number;
  to: number;
  /**
   * Records of that time that came since, at most these again: an event that waited in an outbox all the while came for the
   * first time. So at least the others are lost.
   */
  replayed: number;
}

/** Follows a lane, whose restores are known, as its records come by. */
export class LaneRestores {
  private readonly lane: number;
  /** those that no later one has undone */
  private readonly restores: readonly StandingRestore[];
  private readonly replayed: number[];

  constructor(lane: number, restores: readonly RestoreRecord[]) {
    this.lane = lane;
    this.restores = standingOf(restores);
    this.replayed = this.restores.map(() => 0);
  }

  /**
   * @returns the checkpoints that still hold: those behind the end of the backup that were signed before the restore speak
   *   of what is gone, and so do those of a run that a restore has undone. What the operators say of the backup's end holds as a checkpoint does
   */
  standing(heads: readonly SignedHead[]): SignedHead[] {
    const { lane } = this;
    const ends = this.restores.flatMap(({ restore }): SignedHead[] => {
      const end = endIn(restore.restored, lane);
      return end ? [{ kind: 'head', seq: end.seq, hash: end.hash, signed: restore.signed }] : [];
    });
    return [...heads, ...ends].filter((head) => !isGone(this.restores, { ...head, lane }));
  }

  /** A record of the lane has come by. @param recorded ISO 8601 */
  pass(seq: number, recorded: string): void {
    this.restores.forEach(({ restore: { restored, knownAt } }, at) => {
      const isReplayed = seq > (endIn(restored, this.lane)?.seq ?? 0) && recorded <= knownAt;
      if (isReplayed) this.replayed[at] = (this.replayed[at] ?? 0) + 1;
    });
  }

  /** What was lost, restore by restore; one after which nothing was missing says nothing. */
  get verdicts(): RestoredLane[] {
    return this.restores.flatMap(({ restore: { restored, known, signed } }, at): RestoredLane[] => {
      const [before, after] = [endIn(known, this.lane)?.seq ?? 0, endIn(restored, this.lane)?.seq ?? 0];
      if (before <= after) return [];
      return [{ lane: this.lane, signed, from: after + 1, to: before, replayed: this.replayed[at] ?? 0 }];
    });
  }
}
