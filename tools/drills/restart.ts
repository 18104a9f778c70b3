/** Every service is restarted under load, again and again: each ends in time, and no event is lost (docs/operate.md). */
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@patient-access/testing';
import { SERVICE_NAMES, type ServiceName } from '@patient-access/topology';
import { MemberApp } from './member-app.ts';
import type { Drill } from './drill.ts';
import { DrilledSystem } from './drilled-system.ts';
import type { DrillOptions } from './options.ts';
import { postgresPrograms } from './postgres-tools.ts';

const ROUNDS = 20;
/** A pod is asked to end 5 s before it gets the signal, and Kubernetes kills it 25 s after that. */
const END_MS = 10_000;
const PATHS = ['Patient', 'Condition', 'ExplanationOfBenefit?_count=10', 'Coverage'];
const BETWEEN_MS = 50;
const IN_TRAIL_MS = 120_000;

/** Reads all the time from each owner. While a service is away, some of it fails. @returns ends it */
function readOn(app: MemberApp): () => Promise<void> {
  let goesOn = true;
  const reading = PATHS.map(async (path) => {
    while (goesOn) {
      await app.read(path).catch(() => undefined);
      await delay(BETWEEN_MS);
    }
  });
  return async () => {
    goesOn = false;
    await Promise.all(reading);
  };
}

/** @returns how long each of its ends took, in milliseconds */
async function restart(system: DrilledSystem, service: ServiceName, rounds: number): Promise<number[]> {
  const ends: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const askedAt = performance.now();
    await system.end(service);
    ends.push(performance.now() - askedAt);
    await system.startAgain(service);
  }
  return ends;
}

async function run(drill: Drill, system: DrilledSystem, rounds: number): Promise<void> {
  const [plan] = system.description.tenants;
  if (!plan) throw new Error('no plan');
  const app = await MemberApp.connect(plan, 'ordinary');
  const endReading = readOn(app);
  const refresh = () =>
    waitUntil(() => app.refresh(), { withinMs: IN_TRAIL_MS, failure: () => 'the app gets no token' });
  for (const service of SERVICE_NAMES) {
    // A token lives for minutes.
    await refresh();
    const ends = await restart(system, service, rounds);
    const slowest = Math.round(Math.max(...ends));
    drill.expect(
      slowest < END_MS,
      `${service} ends under load, ${rounds} times; the slowest end took ${slowest} ms`,
    );
  }
  await endReading();
  const ids = app.requestIds;
  await refresh();
  const all = async () => (await app.inTrail(ids)) === ids.length;
  await waitUntil(all, { withinMs: IN_TRAIL_MS, failure: () => `not all of ${ids.length} are in the trail` });
  drill.expect(ids.length > 0, `each of the ${ids.length} requests that were answered is in the trail`);
}

/** @throws Error of the part that could not be started */
export async function restartDrill(drill: Drill, { postgresBelow, short }: DrillOptions): Promise<void> {
  const system = await DrilledSystem.start(postgresPrograms(postgresBelow));
  drill.say('everything runs');
  try {
    await run(drill, system, short ? 1 : ROUNDS);
  } finally {
    await system.stop();
  }
}
