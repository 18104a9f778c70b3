/** Verifying what is stored here, tenant by tenant. */
import { LANES } from '@patient-access/events';
import { type Checkpoint, type CheckpointKeys, openCheckpoint } from '../checkpoints/checkpoint.ts';
import type { Lane, TrailRecords } from './records.ts';
import type { AcknowledgedRecord, ForeignRecords } from '../foreign/foreign-records.ts';
import type { RestoredLane } from '../restores/restored-lane.ts';
import { ChainVerifier, type Position, type Problem, type VerifiedBy } from './verify-chain.ts';

/** By whose signatures a trail is judged. */
export interface VerifierKeys extends VerifiedBy {
  checkpoints: CheckpointKeys;
}

export interface Verdict {
  tenant: string;
  /** number of verified records, of each lane counted from the first that is still kept to the first bad one */
  records: number;
  checkpoints: number;
  /** lanes that lost records by a restore, which the operators signed for */
  restored?: RestoredLane[];
  /** foreign records that the operators have signed for */
  acknowledged?: AcknowledgedRecord[];
  /** what is wrong with the first bad lane */
  problem?: Problem;
  /** and with each other one */
  more?: Problem[];
}

/** @param problems one of each bad lane */
export function asFound(problems: readonly Problem[]): Pick<Verdict, 'problem' | 'more'> {
  const [problem, ...more] = problems;
  return { ...(problem && { problem }), ...(more.length > 0 && { more }) };
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

/**
 * Of a root that was there when reading began, no drop can have happened since: whoever puts back a record of a dropped month
 * makes the next one missing, and that is a problem.
 *
 * @param known statements of the database when reading began, and roots that were believed before
 * @returns the root that covers the missing records, if they were dropped during the verification
 */
export async function droppedBy(
  records: TrailRecords,
  { tenant, lane, seq, kind }: Problem,
  keys: CheckpointKeys,
  known: ReadonlySet<string>,
): Promise<Checkpoint | undefined> {
  if (kind !== 'missing') return undefined;
  const checkpoints = await records.fewCheckpoints(tenant, keys);
  return checkpoints.find(
    (checkpoint) =>
      checkpoint.kind === 'root' &&
      !known.has(checkpoint.jws) &&
      checkpoint.heads.some((head) => head.lane === lane && head.seq >= seq),
  );
}

/** What is found of one lane. */
export type LaneVerdict = Omit<Verdict, 'tenant' | 'restored' | 'acknowledged' | 'more'> & {
  restored: readonly RestoredLane[];
  acknowledged: readonly AcknowledgedRecord[];
};

/** What one verification of a lane goes by besides. */
interface LaneMeans {
  /** checkpoints of those in between */
  more?: readonly Checkpoint[];
  /** Begins to say which foreign records are known, in the place of what the operators have signed. */
  foreign?: () => ForeignRecords;
  /** Roots for which this lane was read again. None counts twice: who rules the database may take it away in between. */
  believed?: readonly string[];
}

/** @returns what is wrong with the lane, as far as it had come */
async function firstProblem(
  records: TrailRecords,
  chain: ChainVerifier,
  head: Position | undefined,
): Promise<Problem | undefined> {
  for await (const record of records.read(chain, 0, head?.seq ?? 0)) {
    const problem = chain.next(record);
    if (problem) return problem;
  }
  return chain.end(head);
}

/** @returns when it was signed that a lane had come so far */
const signedAt = (checkpoints: readonly Checkpoint[], lane: number, seq: number): string | undefined =>
  checkpoints.find(({ heads }) => heads.some((head) => head.lane === lane && head.seq === seq))?.signed;

/**
 * Verifies a lane from its beginning to where it had come when this began. It takes few of the checkpoints. When one of them
 * tells that records were rewritten since the one before, those in between say more exactly which.
 *
 * @param published checkpoints of any tenant, from outside the database
 */
export async function verifyLane(
  records: TrailRecords,
  { tenant, lane }: Lane,
  keys: VerifierKeys,
  published: readonly Checkpoint[],
  means: LaneMeans = {},
): Promise<LaneVerdict> {
  const { more = [], foreign, believed = [] } = means;
  const ofTenant = published.filter((checkpoint) => checkpoint.tenant === tenant);
  const stored = await records.fewCheckpoints(tenant, keys.checkpoints);
  const few = [...stored, ...ofTenant, ...more];
  // Read after them: what was signed had been appended.
  const head = (await records.heads(tenant)).get(lane);
  const chain = new ChainVerifier(tenant, lane, few, keys, foreign?.());
  const problem = await firstProblem(records, chain, head);
  const known = new Set([...stored.map(({ jws }) => jws), ...believed]);
  const root = problem && (await droppedBy(records, problem, keys.checkpoints, known));
  if (root) {
    const again = { ...means, believed: [...believed, root.jws] };
    return verifyLane(records, { tenant, lane }, keys, published, again);
  }
  if (problem?.kind === 'rewritten' && more.length === 0) {
    const since = signedAt(few, lane, (problem.from ?? 1) - 1);
    const until = signedAt(few, lane, problem.seq);
    const between = await records.checkpointsBetween(tenant, keys.checkpoints, { since, until });
    if (between.length > 0)
      return verifyLane(records, { tenant, lane }, keys, published, { ...means, more: between });
  }
  const { records: count, restored, acknowledged } = chain;
  const found = { records: count, checkpoints: few.length, restored, acknowledged };
  return { ...found, ...(problem && { problem }) };
}

/** @param lanes what was found of them, in their order */
export function verdictOf(tenant: string, lanes: readonly LaneVerdict[]): Verdict {
  const problems = lanes.flatMap(({ problem }) => problem ?? []);
  const restored = lanes.flatMap((lane) => lane.restored);
  const acknowledged = lanes.flatMap((lane) => lane.acknowledged);
  return {
    tenant,
    records: lanes.reduce((sum, { records }) => sum + records, 0),
    checkpoints: lanes[0]?.checkpoints ?? 0,
    ...(restored.length > 0 && problems.length === 0 && { restored }),
    ...(acknowledged.length > 0 && { acknowledged }),
    ...asFound(problems),
  };
}

/** Looks beside the chains too: a record there is found by searches, and by no verification of a lane. */
export async function withBeside(records: TrailRecords, verdict: Verdict): Promise<Verdict> {
  const { problem, more = [] } = verdict;
  const problems = problem ? [problem, ...more] : [];
  const beside = await records.besideChains(verdict.tenant);
  if (!beside || problems.some(({ lane }) => lane === beside.lane)) return verdict;
  return { ...verdict, ...asFound([...problems, beside]) };
}

/** Verifies one tenant's chains, one after the other, as {@link verifyLane} does. */
export async function verifyTenant(
  records: TrailRecords,
  tenant: string,
  keys: VerifierKeys,
  published: readonly Checkpoint[] = [],
): Promise<Verdict> {
  const lanes: LaneVerdict[] = [];
  for (let lane = 0; lane < LANES; lane += 1)
    lanes.push(await verifyLane(records, { tenant, lane }, keys, published));
  return withBeside(records, verdictOf(tenant, lanes));
}
