/** One run: load, faults, quiet, checks. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Findings, findings } from './check.ts';
import type { Fault } from './faults.ts';
import { Load } from './load.ts';
import { Random } from './random.ts';
import { DATABASES, type System } from './system.ts';
import { storedSince } from './trail.ts';
import { brokenChains } from './verify.ts';

/** After the last fault everything has to be where it belongs. */
const QUIET_MS = 60_000;
const POLL_MS = 500;
const CALM_MS = 2_000;
const MAX_CALM_MS = 5_000;
const READERS = 6;

export interface Plan {
  name: string;
  seed: number;
  /** strikes one after the other, until there is none */
  faults: Iterable<Fault>;
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

/** @returns milliseconds until the outboxes were empty, and what was left at the end of the time */
async function untilEmpty(system: System): Promise<{ ms: number; left: number }> {
  const startedAt = Date.now();
  let left = await waiting(system);
  while (left > 0 && Date.now() - startedAt < QUIET_MS) {
    await delay(POLL_MS);
    left = await waiting(system);
  }
  return { ms: Date.now() - startedAt, left };
}

/** @returns by check, what was found wrong */
export async function run(system: System, { name, seed, faults, say }: Plan): Promise<Findings> {
  const since = new Date();
  const random = new Random(seed);
  const load = new Load(system.description, seed, name);
  await load.start(READERS);
  const own: string[] = [];
  try {
    for (const fault of faults) {
      await delay(random.between(CALM_MS, MAX_CALM_MS));
      const startedAt = Date.now();
      own.push(...((await fault.strike(system, random)) ?? []));
      say(
        `${fault.name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s), ${load.asked.length} requests so far`,
      );
    }
  } finally {
    await load.stop();
  }
  const { ms, left } = await untilEmpty(system);
  const stored = await storedSince(system, since);
  const answered = load.asked.filter(({ answer }) => answer !== undefined);
  const disclosed = answered.filter(({ answer }) => answer?.status === 200);
  say(
    `${load.asked.length} requests, ${answered.length} answered, ${disclosed.length} with data; ` +
      `${stored.length} AuditEvents; outboxes empty after ${(ms / 1000).toFixed(1)} s`,
  );
  return {
    'the outboxes are empty 60 s after the last fault': left > 0 ? [`${left} events wait`] : [],
    ...findings(load.asked, stored, own),
    'the chain of every tenant is unbroken': brokenChains(system.directory),
  };
}
