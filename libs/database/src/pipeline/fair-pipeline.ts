import { setImmediate as nextTurn } from 'node:timers/promises';
import { FairSemaphore, SemaphoreRefusal } from '@patient-access/concurrency';
import type { PipelinedConnection, PipelinedStatement } from './connection.ts';
import { type PipelineLimits, Pipeline } from './pipeline.ts';

/** One share has at most this part of the connections. So a share whose statements are slow leaves some to the others. */
const MOST_OF_ONE_SHARE = 3 / 4;

function turnsFor({ connections, depth, waiting, waitMs }: PipelineLimits): FairSemaphore {
  const level = (some: number) => ({ permits: some * depth, queue: some * waiting });
  const ofOne = Math.max(1, Math.floor(connections * MOST_OF_ONE_SHARE));
  return new FairSemaphore({ levels: [level(connections), level(ofOne)], waitMs });
}

/** A pipeline at which shares take turns: a place that becomes free goes to the share that has the fewest batches there. */
export class FairPipeline extends Pipeline {
  private readonly turns: FairSemaphore;

  constructor(open: () => Promise<PipelinedConnection>, limits: PipelineLimits) {
    super(open, limits);
    this.turns = turnsFor(limits);
  }

  override async run(statements: readonly PipelinedStatement[]): Promise<Record<string, unknown>[][]> {
    const { share = '' } = statements.find((each) => each.share !== undefined) ?? {};
    try {
      return await this.turns.run([share], () => super.run(statements));
    } catch (error) {
      throw error instanceof SemaphoreRefusal ? this.noPlace() : error;
    }
  }

  override async close(): Promise<void> {
    // Who has just got a place begins in a later step of this turn, and is still answered.
    await nextTurn();
    await super.close();
  }

  override get waitingCount(): number {
    return this.turns.waiting + super.waitingCount;
  }
}
