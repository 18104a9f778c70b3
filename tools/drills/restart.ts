/**
 * Every service is replaced under load, again and again, and then gets a new certificate: no request fails, each end is in
 * time, and no event is lost. The services call each other over TLS.
 */
import { waitUntil } from '@patient-access/testing';
import { SERVICE_NAMES } from '@patient-access/topology';
import type { Drill } from './drill.ts';
import type { DrillOptions } from './options.ts';
import { REPLACED_IN_SHORT, underLoad } from './replicas/under-load.ts';
import { REPLICAS, ROOT, ReplicatedSystem } from './replicas/replicated-system.ts';

const ROUNDS = 20;
const RENEWED_MS = 60_000;

/** @throws Error when a replica does not take up its new certificate */
async function renew(system: ReplicatedSystem): Promise<void> {
  await system.renewCertificates();
  for (const service of SERVICE_NAMES)
    await waitUntil(() => system.said(service, 'a new certificate is in use') >= REPLICAS, {
      withinMs: RENEWED_MS,
      failure: () => `${service} has not taken up its new certificate`,
    });
}

/** @throws Error of the part that could not be started */
export async function restartDrill(drill: Drill, { short }: DrillOptions): Promise<void> {
  const system = await ReplicatedSystem.start(ROOT, { serviceTls: true });
  drill.say('everything runs, with two replicas of each service');
  const [rounds, services] = short ? [1, REPLACED_IN_SHORT] : [ROUNDS, SERVICE_NAMES];
  try {
    await underLoad(drill, system, async (replace) => {
      for (let round = 0; round < rounds; round += 1)
        for (const service of services) await replace(service, ROOT);
      await renew(system);
      drill.say('every replica has taken up a new certificate');
    });
  } finally {
    await system.stop();
  }
}
