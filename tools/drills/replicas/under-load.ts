/** Replaces services while members use them, and says what has to be true of it. */
import type { ServiceName } from '@patient-access/topology';
import type { Drill } from '../drill.ts';
import { inWords, SteadyLoad } from './load.ts';
import type { ReplicatedSystem } from './replicated-system.ts';

/** A pod is asked to end 5 s before it gets the signal, and Kubernetes kills it 25 s after that. */
const END_MS = 10_000;
const SHOWN_FAILURES = 20;

/** Replaces both replicas of a service by those of a build. */
export type Replace = (service: ServiceName, build: string) => Promise<void>;

/** @param work what is done while the load runs */
export async function underLoad(
  drill: Drill,
  system: ReplicatedSystem,
  work: (replace: Replace) => Promise<void>,
): Promise<void> {
  const [plan] = system.description.tenants;
  if (!plan) throw new Error('no plan');
  const load = await SteadyLoad.start(plan);
  const ends = new Map<ServiceName, number[]>();
  await work(async (service, build) => {
    const took = await system.replace(service, build);
    ends.set(service, [...(ends.get(service) ?? []), ...took]);
    drill.say(`${service} replaced: its ends took ${took.map(Math.round).join(' and ')} ms`);
  });
  const missing = await load.end();
  for (const [service, took] of ends)
    drill.expect(
      Math.max(...took) < END_MS,
      `${service}: ${took.length} ends, the slowest took ${Math.round(Math.max(...took))} ms`,
    );
  const { reads, logins, refreshes } = load.counts;
  drill.expect(
    load.failures.length === 0,
    `${reads} reads, ${logins} logins and ${refreshes} refreshes, none failed`,
    [`${load.failures.length} failed`, ...load.failures.slice(0, SHOWN_FAILURES).map(inWords)].join(
      '\n         ',
    ),
  );
  drill.expect(missing === 0, `the trail has every read`, `${missing} are missing`);
}
