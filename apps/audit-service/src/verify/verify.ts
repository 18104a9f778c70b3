/** Verifying what is stored here, tenant by tenant. */
import { type Checkpoint, type CheckpointKeys, openCheckpoint } from '../checkpoints/checkpoint.ts';
import type { TrailRecords } from './records.ts';
import { ChainVerifier, type Problem } from './verify-chain.ts';

export interface Verdict {
  tenant: string;
  /** verified, from the first that is kept on */
  records: number;
  checkpoints: number;
  problem?: Problem;
}

/** @param lines of a file of checkpoints, or values of the topic @returns those that are signed by one of the keys */
export async function openCheckpoints(lines: readonly string[], keys: CheckpointKeys): Promise<Checkpoint[]> {
  const opened = await Promise.all(lines.map((line) => openCheckpoint(line.trim(), keys)));
  return opened.filter((checkpoint) => checkpoint !== undefined);
}

/** Every tenant that has a chain, or that something was ever signed for. */
export async function tenantsOf(records: TrailRecords, published: readonly Checkpoint[]): Promise<string[]> {
  return [...new Set([...(await records.tenants()), ...published.map(({ tenant }) => tenant)])].sort();
}

/** Was what is missing dropped while somebody was reading? Then a root was signed for it. */
export async function wasDropped(
  records: TrailRecords,
  { tenant, seq, kind }: Problem,
  keys: CheckpointKeys,
) {
  if (kind !== 'missing') return false;
  const checkpoints = await records.checkpoints(tenant, keys);
  return checkpoints.some((checkpoint) => checkpoint.kind === 'root' && checkpoint.seq >= seq);
}

/**
 * Verifies one tenant's chain from its beginning to where it had come when this began.
 *
 * @param published checkpoints of any tenant, kept outside the database
 */
export async function verifyTenant(
  records: TrailRecords,
  tenant: string,
  keys: CheckpointKeys,
  published: readonly Checkpoint[] = [],
): Promise<Verdict> {
  const ofTenant = published.filter((checkpoint) => checkpoint.tenant === tenant);
  const checkpoints = [...(await records.checkpoints(tenant, keys)), ...ofTenant];
  // Read after them: what was signed had been appended.
  const head = (await records.head(tenant)) ?? { seq: 0, hash: Buffer.alloc(0) };
  const chain = new ChainVerifier(tenant, checkpoints);
  const verdict = (problem?: Problem): Verdict => ({
    tenant,
    records: chain.records,
    checkpoints: checkpoints.length,
    ...(problem && { problem }),
  });
  for await (const record of records.read(tenant, 0, head.seq)) {
    const problem = chain.next(record);
    if (!problem) continue;
    const isDropped = chain.records > 0 && (await wasDropped(records, problem, keys));
    return isDropped ? verifyTenant(records, tenant, keys, published) : verdict(problem);
  }
  return verdict(chain.end(head));
}
