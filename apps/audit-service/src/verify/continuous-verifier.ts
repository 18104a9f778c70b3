import type { CheckpointKeys } from '../checkpoints/checkpoint.ts';
import type { TrailRecords } from './records.ts';
import { wasDropped } from './verify.ts';
import { ChainVerifier, type Position, type Problem } from './verify-chain.ts';

interface VerifiedChain {
  chain: ChainVerifier;
  head: Position;
}

/**
 * Verifies all chains again and again, a few records at a time: what is changed today is found at the latest when it
 * comes round. A problem stays one until the tenant's chain has been found whole.
 */
export class ContinuousVerifier {
  private readonly records: TrailRecords;
  private readonly keys: CheckpointKeys;
  private readonly onProblem: (problem: Problem) => void;
  private waiting: string[] = [];
  private current: VerifiedChain | undefined;
  private readonly found = new Map<string, Problem>();
  /** since the start of the process */
  verified = 0;

  constructor(records: TrailRecords, keys: CheckpointKeys, onProblem: (problem: Problem) => void) {
    this.records = records;
    this.keys = keys;
    this.onProblem = onProblem;
  }

  /** Problems that stand, one for each tenant at most. */
  get problems(): readonly Problem[] {
    return [...this.found.values()];
  }

  /** Goes on for so many records, or to the end of the last tenant's chain. */
  async verifyNext(records: number): Promise<void> {
    for (let left = records; left > 0;) {
      this.current ??= await this.begin();
      if (!this.current) return;
      const before = this.verified;
      await this.advance(this.current, left);
      left -= Math.max(1, this.verified - before);
    }
  }

  /** The next tenant's chain; undefined after the last, once, so that a walk ends. */
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
      // Dropped under our feet: this tenant is seen again when its turn comes.
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
