/** Verifies the chains in the database, tenant by tenant. */
import { type Checkpoint, type CheckpointKeys, openCheckpoint } from '../checkpoints/checkpoint.ts';
import type { TrailRecords } from './records.ts';
import { ChainVerifier, type Problem } from './verify-chain.ts';

export interface Verdict {
  tenant: string;
  /** number of verified records, counted from the first that is still kept */
  records: number;
  checkpoints: number;
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
  { tenant, seq, kind }: Problem,
  keys: CheckpointKeys,
) {
  if (kind !== 'missing') return false;
  const checkpoints = await records.checkpoints(tenant, keys);
  return checkpoints.some((checkpoint) => checkpoint.kind === 'root' && checkpoint.seq >= seq);
}

/**
 * Verifies one tenant's chain from its beginning to the head that it has at the start of the verification.
 *
 * @param published checkpoints of any tenant, from outside the database
 */
export async function verifyTenant(
  records: TrailRecords,
  tenant: string,
  keys: CheckpointKeys,
  published: readonly Checkpoint[] = [],
): Promise<Verdict> {
  const ofTenant = published.filter((checkpoint) => checkpoint.tenant === tenant);
  const checkpoints = [...(await records.checkpoints(tenant, keys)), ...ofTenant];
  // The head is read after the checkpoints: a record is appended before it is signed, so the head is not older.
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
