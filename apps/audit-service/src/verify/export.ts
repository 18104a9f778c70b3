/** A tenant's chains as NDJSON, to be verified where there is no database. */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { LANES, oneLine } from '@patient-access/events';
import { z } from 'zod';
import { type Checkpoint, Heads, statedHeads } from '../checkpoints/checkpoint.ts';
import type { AcknowledgedRecord } from '../foreign/foreign-records.ts';
import type { RestoredLane } from '../restores/restored-lane.ts';
import type { TrailRecords } from './records.ts';
import {
  ChainVerifier,
  type Position,
  type Problem,
  type StoredBatch,
  type StoredRecord,
} from './verify-chain.ts';
import { asFound, openCheckpoints, type Verdict, type VerifierKeys } from './verify.ts';

/** First the chains' ends and the checkpoints; then lane by lane each batch and its records. */
const Head = z.object({ tenant: z.string(), heads: Heads, checkpoints: z.array(z.string()) });
type Head = z.infer<typeof Head>;

type RecordLine = Omit<StoredRecord, 'hash' | 'batch'> & { lane: number; hash: string };
type Line = { batch: StoredBatch } | { record: RecordLine };

/** A line that no export has: the file was cut in the middle of a line, or changed. */
export class DamagedExport extends Error {}

/** Reading and verifying a line needs nothing but the line, so whatever fails is its fault. */
function ofLine<Result>(number: number, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    throw new DamagedExport(`line ${number} is not of an export: cut or changed`, { cause });
  }
}

const lineOf = (line: Head | Line): string => oneLine(JSON.stringify(line));

/** `readline` would end a line at U+2028 too, which may stand in a record of an export from before it was escaped. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest) yield rest;
}

/** @returns the lines of the export, without line breaks */
export async function* exportTenant(
  records: TrailRecords,
  tenant: string,
  keys: VerifierKeys,
): AsyncGenerator<string> {
  const checkpoints = await records.checkpoints(tenant, keys.checkpoints);
  const heads = await records.heads(tenant);
  if (heads.size === 0) throw new Error(`no trail of a tenant ${tenant}`);
  const first: Head = {
    tenant,
    heads: statedHeads(heads),
    checkpoints: checkpoints.map(({ jws }) => jws),
  };
  yield lineOf(first);
  for (const [lane, { seq }] of heads) {
    let before: number | undefined;
    for await (const { batch, hash, ...record } of records.read({ tenant, lane }, 0, seq)) {
      if (batch && batch.fromSeq !== before) yield lineOf({ batch });
      before = batch?.fromSeq;
      yield lineOf({ record: { ...record, lane, hash: hash.toString('hex') } });
    }
  }
}

/** One chain after the other, as its records come by. */
class ExportVerifier {
  readonly checkpoints: readonly Checkpoint[];
  records = 0;
  private readonly head: Head;
  private readonly keys: VerifierKeys;
  private readonly left: Set<number>;
  private chain: ChainVerifier | undefined;
  private batch: StoredBatch | undefined;
  /** by lane, what is wrong with it */
  private readonly bad = new Map<number, Problem>();
  readonly restored: RestoredLane[] = [];
  readonly acknowledged: AcknowledgedRecord[] = [];

  constructor(head: Head, checkpoints: readonly Checkpoint[], keys: VerifierKeys) {
    this.head = head;
    this.checkpoints = checkpoints;
    this.keys = keys;
    this.left = new Set(Array.from({ length: LANES }, (_, lane) => lane));
  }

  get problems(): readonly Problem[] {
    return [...this.bad.values()];
  }

  /** Ends a lane: with a problem in it, or with its last record. */
  private endOf(chain: ChainVerifier, found?: Problem): void {
    const head = this.head.heads.find(({ lane }) => lane === chain.lane);
    const position: Position | undefined = head && { seq: head.seq, hash: Buffer.from(head.hash, 'hex') };
    const problem = found ?? chain.end(position);
    if (problem) this.bad.set(chain.lane, problem);
    this.records += chain.records;
    this.restored.push(...chain.restored);
    this.acknowledged.push(...chain.acknowledged);
    this.chain = undefined;
  }

  /** The records of a lane stand together: it was read before, or there is no such lane. */
  private surplus(lane: number, { seq, columns: { id } }: Omit<RecordLine, 'hash' | 'lane'>): Problem {
    return { tenant: this.head.tenant, lane, seq, kind: 'surplus', id };
  }

  private chainOf(lane: number): ChainVerifier {
    return new ChainVerifier(this.head.tenant, lane, this.checkpoints, this.keys);
  }

  next(line: Line): void {
    if ('batch' in line) return void (this.batch = line.batch);
    const { lane, hash, ...record } = line.record;
    if (this.chain && this.chain.lane !== lane) this.endOf(this.chain);
    if (!this.chain) {
      if (this.bad.has(lane)) return;
      if (!this.left.delete(lane)) return void this.bad.set(lane, this.surplus(lane, record));
      this.chain = this.chainOf(lane);
    }
    const isOfBatch =
      this.batch && this.batch.fromSeq <= record.seq && record.seq <= this.batch.toSeq
        ? this.batch
        : undefined;
    const problem = this.chain.next({ ...record, hash: Buffer.from(hash, 'hex'), batch: isOfBatch });
    if (problem) this.endOf(this.chain, problem);
  }

  end(): void {
    if (this.chain) this.endOf(this.chain);
    // Of lanes without records: were there any?
    for (const lane of this.left) this.endOf(this.chainOf(lane));
  }
}

/**
 * Verifies an export.
 *
 * @param published checkpoints from another place; those in the export come from the same source as its records
 * @throws DamagedExport when a line cannot be read
 */
export async function verifyExport(
  input: Readable,
  keys: VerifierKeys,
  published: readonly Checkpoint[] = [],
): Promise<Verdict> {
  const lines = linesOf(input);
  const { value: first } = await lines.next();
  const { tenant, ...head } = ofLine(1, () => Head.parse(JSON.parse(first ?? '')));
  const own = (await openCheckpoints(head.checkpoints, keys.checkpoints)).concat(published);
  const checkpoints = own.filter((checkpoint) => checkpoint.tenant === tenant);
  const verifier = new ExportVerifier({ tenant, ...head }, checkpoints, keys);
  let number = 1;
  for await (const line of lines) {
    number += 1;
    ofLine(number, () => verifier.next(JSON.parse(line) as Line));
  }
  verifier.end();
  const { records, restored, acknowledged, problems } = verifier;
  return {
    tenant,
    records,
    checkpoints: checkpoints.length,
    ...(restored.length > 0 && problems.length === 0 && { restored }),
    ...(acknowledged.length > 0 && { acknowledged }),
    ...asFound(problems),
  };
}
