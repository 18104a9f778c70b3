/**
 * The upgrade of docs/operate.md and back, under load: the build of an earlier commit serves, this build's migrations run,
 * each service is replaced by this build, and then by the earlier one again.
 */
import { SERVICE_NAMES } from '@patient-access/topology';
import type { Drill } from '../drill.ts';
import type { DrillOptions } from '../options.ts';
import { REPLACED_IN_SHORT, underLoad } from '../replicas/under-load.ts';
import { ROOT, ReplicatedSystem } from '../replicas/replicated-system.ts';
import { buildEarlier } from './earlier-build.ts';

/** @throws Error of the part that could not be built or started */
export async function upgradeDrill(drill: Drill, { short }: DrillOptions): Promise<void> {
  const earlier = buildEarlier();
  drill.say(`the build of ${earlier.commit.slice(0, 12)} is made`);
  let system: ReplicatedSystem | undefined;
  try {
    system = await ReplicatedSystem.start(earlier.root, { serviceTls: earlier.hasServiceTls });
    const over = earlier.hasServiceTls ? 'over TLS' : 'without TLS, which it does not have';
    drill.say(`it serves, with two replicas of each service, which call each other ${over}`);
    await run(drill, system, earlier.root, short);
  } finally {
    await system?.stop();
    earlier.remove();
  }
}

async function run(drill: Drill, system: ReplicatedSystem, earlier: string, short: boolean): Promise<void> {
  await underLoad(drill, system, async (replace) => {
    drill.say(`${await system.migrate()} migrations ran while the earlier build serves`);
    for (const service of SERVICE_NAMES) await replace(service, ROOT);
    drill.say('this build serves');
    const back = SERVICE_NAMES.toReversed().filter((name) => !short || REPLACED_IN_SHORT.includes(name));
    for (const service of back) await replace(service, earlier);
    drill.say(`the earlier build serves again${short ? `: ${back.join(', ')}` : ''}`);
  });
}
