import type { CheckpointKeys } from '../checkpoints/checkpoint.ts';
import type { TrailRecords } from './records.ts';
import { wasDropped } from './verify.ts';
import { ChainVerifier, type Position, type Problem } from './verify-chain.ts';

interface VerifiedChain {
  chain: ChainVerifier;
  head: Position;
}

/**
 * Verifies all chains in a loop, a few records at a time. A changed record is found in the next round at the latest. A
 * problem is reported until a later round finds the tenant's chain whole.
 */
export class ContinuousVerifier {
  private readonly records: TrailRecords;
  private readonly keys: CheckpointKeys;
  private readonly onProblem: (problem: Problem) => void;
  private waiting: string[] = [];
  private current: VerifiedChain | undefined;
  private readonly found = new Map<string, Problem>();
  /** number of records that this process has verified */
  verified = 0;

  constructor(records: TrailRecords, keys: CheckpointKeys, onProblem: (problem: Problem) => void) {
    this.records = records;
    this.keys = keys;
    this.onProblem = onProblem;
  }

  /** The open problems, at most one for each tenant. */
  get problems(): readonly Problem[] {
    return [...this.found.values()];
  }

  /** Verifies the next records, until the number is reached or the round ends with the last tenant's chain. */
  async verifyNext(records: number): Promise<void> {
    for (let left = records; left > 0;) {
      this.current ??= await this.begin();
      if (!this.current) return;
      const before = this.verified;
      await this.advance(this.current, left);
      left -= Math.max(1, this.verified - before);
    }
  }

  /** @returns the next tenant's chain; undefined once after the last tenant, so that a round ends */
  private async begin(): Promise<VerifiedChain | undefined> {
    const tenant = this.waiting.shift();
    if (tenant === undefined) {
      this.waiting = await this.records.tenants();
      return undefined;
    }
    const checkpoints = await this.records.checkpoints(tenant, this.keys);
    const head = (await this.records.head(tenant)) ?? { seq: 0, hash: Buffer.alloc(0) };
    return { chain: new ChainVerifier(tenant, checkpoints), head };
  }

  private async advance({ chain, head }: VerifiedChain, limit: number): Promise<void> {
    const { tenant, position, records } = chain;
    for await (const record of this.records.read(tenant, position.seq, head.seq, limit)) {
      this.verified += 1;
      const problem = chain.next(record);
      if (!problem) continue;
      // The records were dropped during the verification. The tenant is verified again in the next round.
      if (chain.records > 0 && (await wasDropped(this.records, problem, this.keys))) this.current = undefined;
      else this.end(tenant, problem);
      return;
    }
    const isThrough = chain.records - records < limit;
    if (isThrough) this.end(tenant, chain.end(head));
  }

  private end(tenant: string, problem: Problem | undefined): void {
    this.current = undefined;
    if (!problem) return void this.found.delete(tenant);
    this.found.set(tenant, problem);
    this.onProblem(problem);
  }
}
