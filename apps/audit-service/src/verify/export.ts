/** Exports a tenant's chain as NDJSON, so that it can be verified without a database. */
import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import type { Checkpoint, CheckpointKeys } from '../checkpoints/checkpoint.ts';
import type { Columns } from '../columns.ts';
import type { TrailRecords } from './records.ts';
import { ChainVerifier, type Problem, type StoredRecord } from './verify-chain.ts';
import { openCheckpoints, type Verdict } from './verify.ts';

/** The first line of an export: the head of the chain and its checkpoints. A line for each record follows. */
interface Head {
  tenant: string;
  seq: number;
  hash: string;
  checkpoints: string[];
}

type Line = Omit<StoredRecord, 'hash'> & { hash: string; columns: Columns };

/** @returns the lines of the export, without line breaks */
export async function* exportTenant(
  records: TrailRecords,
  tenant: string,
  keys: CheckpointKeys,
): AsyncGenerator<string> {
  const checkpoints = await records.checkpoints(tenant, keys);
  const head = await records.head(tenant);
  if (!head) throw new Error(`no trail of a tenant ${tenant}`);
  const first: Head = {
    tenant,
    seq: head.seq,
    hash: head.hash.toString('hex'),
    checkpoints: checkpoints.map(({ jws }) => jws),
  };
  yield JSON.stringify(first);
  for await (const record of records.read(tenant, 0, head.seq))
    yield JSON.stringify({ ...record, hash: record.hash.toString('hex') } satisfies Line);
}

/**
 * Verifies an export.
 *
 * @param published checkpoints from another place; those in the export come from the same source as its records
 * @throws Error when the input is not an export
 */
export async function verifyExport(
  input: Readable,
  keys: CheckpointKeys,
  published: readonly Checkpoint[] = [],
): Promise<Verdict> {
  const lines = createInterface({ input, crlfDelay: Infinity })[Symbol.asyncIterator]();
  const { value: first = '' } = (await lines.next()) as { value?: string };
  const head = JSON.parse(first) as Head;
  const { tenant } = head;
  const own = (await openCheckpoints(head.checkpoints, keys)).concat(published);
  const checkpoints = own.filter((checkpoint) => checkpoint.tenant === tenant);
  const chain = new ChainVerifier(tenant, checkpoints);
  const verdict = (problem?: Problem): Verdict => ({
    tenant,
    records: chain.records,
    checkpoints: checkpoints.length,
    ...(problem && { problem }),
  });
  for await (const line of { [Symbol.asyncIterator]: () => lines }) {
    const record = JSON.parse(line) as Line;
    const problem = chain.next({ ...record, hash: Buffer.from(record.hash, 'hex') });
    if (problem) return verdict(problem);
  }
  return verdict(chain.end({ seq: head.seq, hash: Buffer.from(head.hash, 'hex') }));
}
