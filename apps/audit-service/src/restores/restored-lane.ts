/** What a restore means for one lane: which checkpoints are about records that it has lost, and how many records came again. */
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
  /** when the operators signed their statement */
  signed: string;
  /** numbers in the lane whose records the restore has lost; checkpoints had signed them. Both ends are included */
  from: number;
  to: number;
  /**
   * How many records of the time before the restore have come since. Most came again, and some for the first time, because they
   * had waited in an outbox. So at least the others are lost.
   */
  replayed: number;
}

/** Looks at the records of a lane, one after the other, and counts what came again after each restore. */
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
   * Leaves out what was signed of records that a restore has lost: before the restore and behind the end of its backup, or while
   * the trail ran on a backup that a later restore has taken back.
   *
   * @returns the checkpoints that still hold. Where the operators say that the backup ended counts as one
   */
  standing(heads: readonly SignedHead[]): SignedHead[] {
    const { lane } = this;
    const ends = this.restores.flatMap(({ restore }): SignedHead[] => {
      const end = endIn(restore.restored, lane);
      return end ? [{ kind: 'head', seq: end.seq, hash: end.hash, signed: restore.signed }] : [];
    });
    return [...heads, ...ends].filter((head) => !isGone(this.restores, { ...head, lane }));
  }

  /** Counts the next record of the lane. @param recorded ISO 8601 */
  pass(seq: number, recorded: string): void {
    this.restores.forEach(({ restore: { restored, knownAt } }, at) => {
      const isReplayed = seq > (endIn(restored, this.lane)?.seq ?? 0) && recorded <= knownAt;
      if (isReplayed) this.replayed[at] = (this.replayed[at] ?? 0) + 1;
    });
  }

  /** What each restore has lost. One that has lost nothing is left out. */
  get verdicts(): RestoredLane[] {
    return this.restores.flatMap(({ restore: { restored, known, signed } }, at): RestoredLane[] => {
      const [before, after] = [endIn(known, this.lane)?.seq ?? 0, endIn(restored, this.lane)?.seq ?? 0];
      if (before <= after) return [];
      return [{ lane: this.lane, signed, from: after + 1, to: before, replayed: this.replayed[at] ?? 0 }];
    });
  }
}
