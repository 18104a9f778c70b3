/** The foreign records of a plan that nobody has signed for, in a trail that is whole otherwise. */
import { LANES } from '@patient-access/events';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import { lacksPublished } from '../verify/published.ts';
import type { TrailRecords } from '../verify/records.ts';
import { type VerifierKeys, verifyLane } from '../verify/verify.ts';
import { MAX_ACKNOWLEDGED } from './acknowledgement.ts';
import { ForeignRecords, type PassingRecord } from './foreign-records.ts';

/** By what a trail is judged. */
export interface Judged {
  records: TrailRecords;
  keys: VerifierKeys;
  /** checkpoints from outside the database */
  published: readonly Checkpoint[];
  /** is told of a record in no chain */
  onBeside(what: string): void;
}

/** Takes down the first ones of a lane that nobody has signed for, and goes on behind all, to the end of the lane. */
class NewForeignRecords extends ForeignRecords {
  readonly found: PassingRecord[] = [];

  override pass(record: PassingRecord): boolean {
    if (!super.pass(record) && this.found.length < MAX_ACKNOWLEDGED) this.found.push(record);
    return true;
  }
}

/**
 * Verifies a plan as `audit verify` does. A record in no chain hinders nobody here: it was added and replaced none, nobody signs
 * for it, and no command takes it away. So foreign records could never be signed for beside it, and it goes on being named.
 *
 * @returns its foreign records that nobody has signed for, at most so many of each lane as one statement can name
 * @throws Error when the trail has another problem
 */
export async function newForeignRecords(
  { records, keys, published, onBeside }: Judged,
  tenant: string,
): Promise<PassingRecord[]> {
  if (await lacksPublished(records, tenant, keys, published))
    throw new Error(`no checkpoint of ${tenant} is known outside: its trail may have been cut`);
  const beside = await records.besideChains(tenant);
  if (beside)
    onBeside(
      `record ${beside.seq} of lane ${beside.lane}, AuditEvent/${beside.id}, is in no chain: nobody signs for it, and audit:verify goes on naming it`,
    );
  const known = (keys.acknowledgements ?? []).filter((each) => each.tenant === tenant);
  const found: PassingRecord[] = [];
  for (let lane = 0; lane < LANES; lane += 1) {
    let ofLane = new NewForeignRecords(lane, known);
    const foreign = () => (ofLane = new NewForeignRecords(lane, known));
    const { problem } = await verifyLane(records, { tenant, lane }, keys, published, { foreign });
    if (problem)
      throw new Error(
        `record ${problem.seq} of lane ${lane} is ${problem.kind}: only foreign ones can be acknowledged`,
      );
    found.push(...ofLane.found);
  }
  return found;
}
