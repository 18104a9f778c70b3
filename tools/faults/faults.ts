/** The faults that are injected into the system. At the end of each fault every part runs again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultRandom } from './random.ts';
import { type DatabaseName, SERVICE_NAMES } from '@patient-access/topology';
import { waitUntil } from '@patient-access/testing';
import type { Part, System } from './system.ts';
import type { Watch } from './watch.ts';
import { isNumbered, writeNow, writeSlowly } from './writer.ts';

/** What a fault works with. */
interface FaultContext {
  system: System;
  random: FaultRandom;
  /** checks what has to be true at every moment */
  watch: Watch;
}

export interface Fault {
  name: string;
  /** @throws Error when the state that the fault needs does not occur in time */
  inject(context: FaultContext): Promise<void>;
}

const MAX_DOWN_MS = 3_000;
const MIN_FROZEN_MS = 1_000;
const MAX_FROZEN_MS = 6_000;
/** Shorter than the time after which a waiting statement is cancelled. */
const LOCKED_MS = 800;
/**
 * The longest wait for a state. A killed consumer is back in its group after ten seconds. If it and others before it
 * were killed while they joined, it takes ten seconds for each. The broker may have to start too.
 */
const MOMENT_MS = 150_000;

const kill = (part: Part): Fault => ({
  name: `kill ${part}`,
  async inject({ system, random }) {
    await system.kill(part);
    await delay(random.between(0, MAX_DOWN_MS));
    await system.revive(part);
  },
});

const freeze = (part: Part): Fault => ({
  name: `freeze ${part}`,
  async inject({ system, random }) {
    system.freeze(part);
    await delay(random.between(MIN_FROZEN_MS, MAX_FROZEN_MS));
    system.thaw(part);
  },
});

/** @throws Error when the condition does not become true in time */
const until = (what: string, holds: () => Promise<boolean>) =>
  waitUntil(holds, { withinMs: MOMENT_MS, failure: () => what });

const BLOCKED = `SELECT FROM pg_stat_activity
                  WHERE datname = current_database() AND wait_event_type = 'Lock' AND starts_with(query, $1)`;

/** Locks a table against writers. As soon as a statement waits for the lock, it calls `during`. */
async function blocking(
  system: System,
  { database, table, statement }: { database: DatabaseName; table: string; statement: string },
  during: () => Promise<void>,
): Promise<void> {
  const client = await system.connect(database);
  try {
    await client.query(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE`);
    await until(
      `${statement} waits`,
      async () => (await system.query(database, BLOCKED, [statement])).length > 0,
    );
    await during();
  } finally {
    await client.end();
  }
}

const RECORDING = { database: 'claims', table: 'outbox', statement: 'INSERT INTO outbox' } as const;
const STORING = { database: 'audit', table: 'trail.chain_head', statement: 'SELECT trail.append' } as const;

/** Finds responses that are sent before their event is durable. */
export const DIES_RECORDING: Fault = {
  name: 'claims-service dies while its outbox takes nothing',
  async inject({ system, watch }) {
    await blocking(system, RECORDING, async () => {
      await delay(LOCKED_MS);
      await system.kill('claims-service');
      await watch.look();
    });
    await system.revive('claims-service');
  },
};

/** Finds events that count as arrived before they are stored: these would be lost. */
export const DIES_STORING: Fault = {
  name: 'audit-service dies before its database commits',
  async inject({ system, watch }) {
    await blocking(system, STORING, async () => {
      await system.kill('audit-service');
      await watch.look();
    });
    await system.revive('audit-service');
  },
};

/**
 * Messages that were stored before their offset was committed are read again (case A10). The offset cannot be
 * committed, because the broker is dead.
 */
export const DIES_COMMITTING: Fault = {
  name: 'audit-service dies after its database committed, before its offset does',
  async inject({ system }) {
    const storedSoFar = async () =>
      Number((await system.query('audit', 'SELECT sum(seq) AS n FROM trail.chain_head'))[0]?.['n']);
    let before = 0;
    await blocking(system, STORING, async () => {
      before = await storedSoFar();
      await system.kill('kafka');
    });
    await until('the delivery is stored', async () => (await storedSoFar()) > before);
    await system.kill('audit-service');
    await system.revive('kafka');
    await system.revive('audit-service');
  },
};

/** Another transaction begins later, commits earlier, and its event gets its number before this one's. */
export const SLOW_WRITER: Fault = {
  name: 'a transaction with an event takes three seconds',
  async inject({ system, watch }) {
    const [tenant] = system.description.tenants;
    const slow = writeSlowly(system, tenant?.id ?? '', 3_000);
    await delay(LOCKED_MS);
    // One look may have begun before the slow commit. What is written after it is seen by a look that sees everything.
    for (const before of [Promise.resolve(), slow]) {
      await before;
      const quick = await writeNow(system, tenant?.id ?? '');
      watch.own.push(quick);
      await until('an event has its number', () => isNumbered(system, quick));
    }
    const requestId = await slow;
    watch.own.push(requestId);
    if (!(await isNumbered(system, requestId))) watch.overtaken(requestId);
  },
};

/** While the broker is dead, no event may be deleted. */
export const KILL_BROKER: Fault = {
  name: 'kill kafka, and check while it is dead',
  async inject({ system, watch }) {
    await system.kill('kafka');
    await delay(LOCKED_MS);
    await watch.look();
    await system.revive('kafka');
  },
};

/** Faults at exactly the moment at which one rule could be broken. */
const DECISIVE: readonly Fault[] = [DIES_RECORDING, DIES_STORING, DIES_COMMITTING, SLOW_WRITER, KILL_BROKER];

const RANDOM: readonly Fault[] = [
  ...SERVICE_NAMES.map(kill),
  ...SERVICE_NAMES.map(freeze),
  ...(['postgres', 'kafka'] as const).flatMap((part) => [kill(part), freeze(part)]),
];

/** @returns the decisive faults in random order, then all faults in random order until the time is over */
export function* faultsFor(random: FaultRandom, minutes: number): Generator<Fault> {
  const over = Date.now() + minutes * 60_000;
  yield* random.shuffled(DECISIVE);
  for (;;) {
    for (const fault of random.shuffled([...RANDOM, ...DECISIVE])) {
      if (Date.now() > over) return;
      yield fault;
    }
  }
}
