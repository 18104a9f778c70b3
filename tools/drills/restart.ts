/** Every service is replaced under load, again and again: no request fails, each end is in time, and no event is lost. */
import { SERVICE_NAMES } from '@patient-access/topology';
import type { Drill } from './drill.ts';
import type { DrillOptions } from './options.ts';
import { underLoad } from './replicas/under-load.ts';
import { ROOT, ReplicatedSystem } from './replicas/replicated-system.ts';

const ROUNDS = 20;

/** @throws Error of the part that could not be started */
export async function restartDrill(drill: Drill, { short }: DrillOptions): Promise<void> {
  const system = await ReplicatedSystem.start(ROOT);
  drill.say('everything runs, with two replicas of each service');
  const rounds = short ? 1 : ROUNDS;
  try {
    await underLoad(drill, system, async (replace) => {
      for (const service of SERVICE_NAMES)
        for (let round = 0; round < rounds; round += 1) await replace(service, ROOT);
    });
  } finally {
    await system.stop();
  }
}
