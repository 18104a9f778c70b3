/** The service beside a coverage-service that has Maria's card. */
import { CardRecord, coverageOf } from '../card/record.ts';
import { startWorld, type World } from '../world.ts';

export interface CardWorld {
  world: World;
  record: CardRecord;
  stop(): Promise<void>;
}

export async function startCardWorld(): Promise<CardWorld> {
  const record = new CardRecord();
  const world = await startWorld({ coverageUrl: await record.start() });
  record.coverages.set('maria', [coverageOf('maria')]);
  return {
    world,
    record,
    async stop() {
      await world.stop();
      record.stop();
    },
  };
}
