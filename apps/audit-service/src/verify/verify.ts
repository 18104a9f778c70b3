/** Verifying what is stored here, tenant by tenant. */
import { LANES } from '@patient-access/events';
import { type Checkpoint, type CheckpointKeys, openCheckpoint } from '../checkpoints/checkpoint.ts';
import type { TrailRecords } from './records.ts';
import type { RestoredLane } from '../restores/restored-lane.ts';
import { ChainVerifier, type Position, type Problem, type VerifiedBy } from './verify-chain.ts';

/** By whose signatures a trail is judged. */
export interface VerifierKeys extends VerifiedBy {
  checkpoints: CheckpointKeys;
}

export interface Verdict {
  tenant: string;
  /** number of verified records, counted from the first that is still kept */
  records: number;
  checkpoints: number;
  /** lanes that lost records by a restore, which the operators signed for */
  restored?: RestoredLane[];
  problem?: Problem;
}

/**
 * @param lines of a file of checkpoints, or messages of the topic
 * @returns the checkpoints that one of the keys signed
 */
export async function openCheckpoints(lines: readonly string[], keys: CheckpointKeys): Promise<Checkpoint[]> {
  const opened = await Promise.all(lines.map((line) => openCheckpoint(line.trim(), keys)));
  return opened.filter((checkpoint) => checkpoint !== undefined);
}

/** @returns every tenant that has a chain or a checkpoint */
export async function tenantsOf(records: TrailRecords, published: readonly Checkpoint[]): Promise<string[]> {
  return [...new Set([...(await records.tenants()), ...published.map(({ tenant }) => tenant)])].sort();
}

/** @returns whether the missing records were dropped during the verification: then a signed root covers them */
export async function wasDropped(
  records: TrailRecords,
  { tenant, lane, seq, kind }: Problem,
  keys: CheckpointKeys,
) {
  if (kind !== 'missing') return false;
  const checkpoints = await records.checkpoints(tenant, keys);
  return checkpoints.some(
    (checkpoint) =>
      checkpoint.kind === 'root' && checkpoint.heads.some((head) => head.lane === lane && head.seq >= seq),
  );
}

/** @returns what is wrong; `dropped` when months of the lane were dropped meanwhile, so that it has to be read again */
async function verifyLane(
  records: TrailRecords,
  chain: ChainVerifier,
  head: Position | undefined,
  keys: VerifierKeys,
): Promise<Problem | 'dropped' | undefined> {
  for await (const record of records.read(chain, 0, head?.seq ?? 0)) {
    const problem = chain.next(record);
    if (!problem) continue;
    const isDropped = chain.records > 0 && (await wasDropped(records, problem, keys.checkpoints));
    return isDropped ? 'dropped' : problem;
  }
  return chain.end(head);
}

/**
 * Verifies one tenant's chains, lane by lane, from their beginnings to where they had come when this began.
 *
 * @param published checkpoints of any tenant, from outside the database
 */
export async function verifyTenant(
  records: TrailRecords,
  tenant: string,
  keys: VerifierKeys,
  published: readonly Checkpoint[] = [],
): Promise<Verdict> {
  const ofTenant = published.filter((checkpoint) => checkpoint.tenant === tenant);
  const checkpoints = [...(await records.checkpoints(tenant, keys.checkpoints)), ...ofTenant];
  // Read after them: what was signed had been appended.
  const heads = await records.heads(tenant);
  let verified = 0;
  const restored: RestoredLane[] = [];
  for (let lane = 0; lane < LANES; lane += 1) {
    const chain = new ChainVerifier(tenant, lane, checkpoints, keys);
    const problem = await verifyLane(records, chain, heads.get(lane), keys);
    if (problem === 'dropped') return verifyTenant(records, tenant, keys, published);
    verified += chain.records;
    restored.push(...chain.restored);
    if (problem) return { tenant, records: verified, checkpoints: checkpoints.length, problem };
  }
  return {
    ...{ tenant, records: verified, checkpoints: checkpoints.length },
    ...(restored.length > 0 && { restored }),
  };
}
