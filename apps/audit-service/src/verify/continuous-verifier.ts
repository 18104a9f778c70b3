import { LANES } from '@patient-access/events';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import type { Lane, TrailRecords } from './records.ts';
import type { Outside } from './outside.ts';
import { droppedBy, type VerifierKeys } from './verify.ts';
import { ChainVerifier, type Position, type Problem } from './verify-chain.ts';

/** What the database says of a tenant, read once for the lanes of a turn. */
interface Seen {
  checkpoints: readonly Checkpoint[];
  /** of these, the statements in the database */
  stored: ReadonlySet<string>;
  heads: ReadonlyMap<number, Position>;
}

interface VerifiedChain {
  chain: ChainVerifier;
  /** statements that were in the database when it began */
  stored: ReadonlySet<string>;
  /** undefined: nothing was ever stored in this lane */
  head: Position | undefined;
}

const keyOf = ({ tenant, lane }: Lane) => `${tenant}/${lane}`;

/**
 * Verifies all chains again and again, a few records at a time: what is changed today is found at the latest when it
 * comes round. A problem stays one until the lane's chain has been found whole.
 */
export class ContinuousVerifier {
  private readonly records: TrailRecords;
  private readonly keys: VerifierKeys;
  private readonly onProblem: (problem: Problem) => void;
  private readonly outside: () => Promise<Outside>;
  /** as it was when this walk began */
  private known: Outside = { checkpoints: [], restores: [] };
  /** by lane, roots for which it was passed over: none counts twice, so that no lane is passed over for ever */
  private readonly believed = new Map<string, readonly string[]>();
  private readonly lost = new Map<string, number>();
  private waiting: Lane[] = [];
  private current: VerifiedChain | undefined;
  /** by lane, or by tenant for what is in no lane */
  private readonly found = new Map<string, Problem>();
  /** number of records that this process has verified */
  verified = 0;
  private readonly verifiedByTenant = new Map<string, number>();

  /** @param outside reads what is kept outside the database; it is read once for each walk */
  constructor(
    records: TrailRecords,
    keys: VerifierKeys,
    onProblem: (problem: Problem) => void,
    outside: () => Promise<Outside> = () => Promise.resolve({ checkpoints: [], restores: [] }),
  ) {
    this.records = records;
    this.keys = keys;
    this.onProblem = onProblem;
    this.outside = outside;
  }

  /** @returns how many records of a tenant this process has verified, each as often as it has */
  verifiedOf(tenant: string): number {
    return this.verifiedByTenant.get(tenant) ?? 0;
  }

  /** Records that restores have lost, as the operators signed, by tenant. */
  get lostByRestores(): Readonly<Record<string, number>> {
    const lost: Record<string, number> = {};
    for (const [key, count] of this.lost) {
      const [tenant = ''] = key.split('/');
      lost[tenant] = (lost[tenant] ?? 0) + count;
    }
    return lost;
  }

  /** Problems that stand, one for each lane at most, and one of each tenant beside its lanes. */
  get problems(): readonly Problem[] {
    return [...this.found.values()];
  }

  /**
   * Goes on for so many records, or to the end of the last tenant's last lane.
   *
   * @returns whether all lanes have been walked through; the next call begins anew
   */
  async verifyNext(records: number): Promise<boolean> {
    if (this.isThrough) await this.beginWalk();
    const seen = new Map<string, Seen>();
    for (let left = records; left > 0;) {
      this.current ??= await this.nextChain(seen);
      if (!this.current) return true;
      const before = this.verified;
      await this.advance(this.current, left);
      left -= Math.max(1, this.verified - before);
    }
    return this.isThrough;
  }

  private get isThrough(): boolean {
    return !this.current && this.waiting.length === 0;
  }

  private async beginWalk(): Promise<void> {
    this.known = await this.outside();
    const tenants = await this.records.tenants();
    this.waiting = tenants.flatMap((tenant) =>
      Array.from({ length: LANES }, (_, lane) => ({ tenant, lane })),
    );
  }

  private async nextChain(seen: Map<string, Seen>): Promise<VerifiedChain | undefined> {
    const next = this.waiting.shift();
    if (!next) return undefined;
    const { tenant, lane } = next;
    if (lane === 0) await this.lookBeside(tenant);
    const { checkpoints, stored, heads } = seen.get(tenant) ?? (await this.see(tenant));
    seen.set(tenant, { checkpoints, stored, heads });
    const { restores, acknowledgements } = this.known;
    const keys = { ...this.keys, restores, acknowledgements };
    return { chain: new ChainVerifier(tenant, lane, checkpoints, keys), stored, head: heads.get(lane) };
  }

  private async lookBeside(tenant: string): Promise<void> {
    const problem = await this.records.besideChains(tenant);
    if (problem) this.onProblem(problem);
    if (problem) this.found.set(tenant, problem);
    else this.found.delete(tenant);
  }

  private async see(tenant: string): Promise<Seen> {
    const published = this.known.checkpoints.filter((checkpoint) => checkpoint.tenant === tenant);
    const stored = await this.records.fewCheckpoints(tenant, this.keys.checkpoints);
    return {
      checkpoints: [...stored, ...published],
      stored: new Set(stored.map(({ jws }) => jws)),
      heads: await this.records.heads(tenant),
    };
  }

  private async advance({ chain, stored, head }: VerifiedChain, limit: number): Promise<void> {
    const { position, records } = chain;
    const kept = head ? this.records.read(chain, position.seq, head.seq, limit) : [];
    for await (const record of kept) {
      this.count(chain);
      const problem = chain.next(record);
      if (!problem) continue;
      // Its records were dropped while they were read. The lane is verified again when its turn comes.
      if (await this.wasDropped(problem, stored)) this.current = undefined;
      else this.end(chain, problem);
      return;
    }
    const isWhole = chain.records - records < limit;
    if (isWhole) this.end(chain, chain.end(head));
  }

  private count({ tenant }: Lane): void {
    this.verified += 1;
    this.verifiedByTenant.set(tenant, this.verifiedOf(tenant) + 1);
  }

  private async wasDropped(problem: Problem, stored: ReadonlySet<string>): Promise<boolean> {
    const believed = this.believed.get(keyOf(problem)) ?? [];
    const known = new Set([...stored, ...believed]);
    const root = await droppedBy(this.records, problem, this.keys.checkpoints, known);
    if (root) this.believed.set(keyOf(problem), [...believed, root.jws]);
    return root !== undefined;
  }

  private end(lane: ChainVerifier, problem: Problem | undefined): void {
    this.current = undefined;
    const lost = lane.restored.map(({ from, to, replayed }) => Math.max(0, to - from + 1 - replayed));
    this.lost.set(
      keyOf(lane),
      lost.reduce((sum, each) => sum + each, 0),
    );
    if (!problem) return void this.found.delete(keyOf(lane));
    this.found.set(keyOf(lane), problem);
    this.onProblem(problem);
  }
}
