/** Drops records whose retention is over, so that the rest of the chain can still be verified. */
import type pg from 'pg';
import { type Checkpoint, type CheckpointSigner, signedRecords } from '../checkpoints/checkpoint.ts';
import type { CheckpointPublisher } from '../checkpoints/publish.ts';
import { storeCheckpoints } from '../checkpoints/sign-heads.ts';
import type { TrailRecords } from '../verify/records.ts';
import { ChainVerifier } from '../verify/verify-chain.ts';
import type { VerifierKeys } from '../verify/verify.ts';
import { act, type Act } from './acts.ts';
import { DropPlan, type Going, type MonthToDrop } from './plan.ts';

interface Means {
  owner: pg.Client;
  records: TrailRecords;
  signer: CheckpointSigner;
  keys: VerifierKeys;
  publisher: CheckpointPublisher;
  /** name of the administrator */
  by: string;
}

const DROP = 'SELECT trail.drop_month($1, $2)';
/** While months are dropped, nobody can set a hold. A hold that is set afterwards applies to what is left. */
const NO_NEW_HOLDS = 'LOCK TABLE trail.legal_hold, trail.retention IN SHARE MODE';

/** What is about to go has to be whole: afterwards nobody could tell. */
async function requireWhole({ records, keys }: Means, { tenant, heads }: Going): Promise<void> {
  const checkpoints = await records.checkpoints(tenant, keys.checkpoints);
  for (const { lane, seq } of heads) {
    const chain = new ChainVerifier(tenant, lane, checkpoints, keys);
    for await (const record of records.read({ tenant, lane }, 0, seq)) {
      const problem = chain.next(record);
      if (problem)
        throw new Error(
          `${tenant} keeps its trail: record ${problem.seq} of lane ${lane} is ${problem.kind}`,
        );
    }
    if (chain.records > 0 && chain.position.seq !== seq)
      throw new Error(
        `${tenant} keeps its trail: record ${chain.position.seq + 1} of lane ${lane} is missing`,
      );
  }
}

/** Lanes that an earlier root speaks of, and that have had no record since, are still said. */
async function rootOf({ records, keys }: Means, { tenant, heads }: Going) {
  const roots = (await records.checkpoints(tenant, keys.checkpoints)).filter(({ kind }) => kind === 'root');
  const latest = roots.sort((one, other) => signedRecords(other) - signedRecords(one))[0]?.heads ?? [];
  const before = latest.filter((head) => !heads.some(({ lane }) => lane === head.lane));
  return { tenant, heads: [...heads, ...before].sort((a, b) => a.lane - b.lane), kind: 'root' as const };
}

async function dropMonth(means: Means, month: MonthToDrop, now: Date): Promise<void> {
  const { owner, signer, publisher, by } = means;
  for (const going of month.going) await requireWhole(means, going);
  const roots: Checkpoint[] = [];
  for (const going of month.going) roots.push(await signer.sign(await rootOf(means, going)));
  await publisher.publish(roots);
  await act(owner, async () => {
    await owner.query(NO_NEW_HOLDS);
    const plan = new DropPlan(owner, now);
    for (const { tenant } of month.going)
      if (await plan.isHeld(tenant, month))
        throw new Error(`nothing of ${tenant} is dropped: a legal hold was set meanwhile`);
    await storeCheckpoints(owner, roots);
    await owner.query(DROP, [month.from, month.going.map(({ tenant }) => tenant)]);
    const acts = month.going.map(({ tenant, records, heads }): Act => {
      const ends = heads.map(({ lane, seq }) => `${lane}:${seq}`).join(' ');
      const request = `drop ${month.from.toISOString().slice(0, 7)}, up to records ${ends}`;
      return { tenant, action: 'drop', by, request, count: records };
    });
    return { result: undefined, acts };
  });
}

/**
 * Drops whole months, the oldest first. For each month, the root that replaces it is signed and published first. Then
 * one transaction drops the records and stores the events about it.
 *
 * @returns the months that were dropped
 * @throws Error when a chain does not verify; nothing of that month is dropped then
 */
export async function dropMonths(means: Means, now: Date): Promise<MonthToDrop[]> {
  const months = await planned(means.owner, now);
  for (const month of months) await dropMonth(means, month, now);
  return months;
}

/** What {@link dropMonths} would drop now. */
export async function planned(owner: pg.Client, now: Date): Promise<MonthToDrop[]> {
  await owner.query('BEGIN');
  try {
    return await new DropPlan(owner, now).months();
  } finally {
    await owner.query('ROLLBACK');
  }
}
