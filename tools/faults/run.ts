/** One run of the fault test: load with faults, a quiet time, then the checks. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Findings, findings } from './check.ts';
import type { Fault } from './faults.ts';
import { Load } from './load.ts';
import { FaultRandom } from './random.ts';
import { DATABASES } from '@patient-access/topology';
import type { System } from './system.ts';
import { storedSince } from './trail.ts';
import { brokenChains } from './verify.ts';
import { Watch } from './watch.ts';

/** Time after the last fault in which all events have to arrive. */
const QUIET_MS = 60_000;
const POLL_MS = 500;
const CALM_MS = 2_000;
const MAX_CALM_MS = 5_000;
const READERS = 6;

export interface FaultPlan {
  name: string;
  seed: number;
  /** injected one after the other, until there is none */
  faults: Iterable<Fault>;
  /** ends the run at the first finding, without the checks at the end */
  untilFound?: boolean;
  say(line: string): void;
}

async function waiting(system: System): Promise<number> {
  const counts = await Promise.all(
    DATABASES.map(async (database) =>
      Number((await system.query(database, 'SELECT count(*) FROM outbox'))[0]?.['count']),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Events under way: in an outbox, or in the topic, where an event may be read a second time. */
const underWay = async (system: System): Promise<number> => (await waiting(system)) || system.unread();

/** @returns the milliseconds until all events had arrived, and the number that is left when the time is over */
async function untilQuiet(system: System): Promise<{ ms: number; left: number }> {
  const startedAt = Date.now();
  let left = await underWay(system);
  while (left > 0 && Date.now() - startedAt < QUIET_MS) {
    await delay(POLL_MS);
    left = await underWay(system);
  }
  return { ms: Date.now() - startedAt, left };
}

async function injectAll(system: System, watch: Watch, load: Load, plan: FaultPlan): Promise<void> {
  const random = new FaultRandom(plan.seed);
  for (const fault of plan.faults) {
    await delay(random.between(CALM_MS, MAX_CALM_MS));
    const startedAt = Date.now();
    await fault.inject({ system, random, watch });
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    plan.say(`${fault.name} (${seconds} s), ${load.asked.length} requests so far`);
    if (plan.untilFound && watch.isBroken) return;
  }
}

/** @returns the findings of each check */
export async function runFaultTest(system: System, plan: FaultPlan): Promise<Findings> {
  // Wait for the events of an earlier run, and for the consumer's place in its group. Otherwise a fault would hit
  // those.
  await untilQuiet(system);
  const since = new Date();
  const load = new Load(system.description, plan.seed, plan.name);
  const watch = new Watch(system, load.asked, since);
  await load.start(READERS);
  try {
    await injectAll(system, watch, load, plan);
  } finally {
    await load.stop();
  }
  if (plan.untilFound && watch.isBroken) return watch.found;
  const { ms, left } = await untilQuiet(system);
  const stored = await storedSince(system, since);
  const answered = load.asked.filter(({ answer }) => answer !== undefined);
  const disclosed = answered.filter(({ answer }) => answer?.status === 200);
  plan.say(
    `${load.asked.length} requests, ${answered.length} answered, ${disclosed.length} with data; ` +
      `${stored.length} AuditEvents; all there after ${(ms / 1000).toFixed(1)} s`,
  );
  return {
    'the outboxes are empty 60 s after the last fault, and the topic is read':
      left > 0 ? [`${left} wait`] : [],
    ...watch.found,
    ...findings(load.asked, stored, watch.own),
    'the chain of every tenant is unbroken': brokenChains(system.directory),
  };
}
