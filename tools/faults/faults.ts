/** What is done to the system. Each fault ends with every part running again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultRandom } from './random.ts';
import { type DatabaseName, SERVICE_NAMES } from '@patient-access/topology';
import { waitUntil } from '@patient-access/testing';
import type { Part, System } from './system.ts';
import type { Watch } from './watch.ts';
import { claimed, writeSlowly } from './writer.ts';

interface Scene {
  system: System;
  random: FaultRandom;
  /** looks at what has to hold at every moment */
  watch: Watch;
}

export interface Fault {
  name: string;
  /** @throws Error when its moment does not come */
  strike(scene: Scene): Promise<void>;
}

const MAX_DOWN_MS = 3_000;
const MIN_FROZEN_MS = 1_000;
const MAX_FROZEN_MS = 6_000;
/** Below the time after which a statement that waits is cancelled. */
const LOCKED_MS = 800;
/**
 * A consumer that was killed has its place in the group again after ten seconds; one that was killed while it joined, and
 * others before it, after some times ten; and its broker may have to start.
 */
const MOMENT_MS = 150_000;

const kill = (part: Part): Fault => ({
  name: `kill ${part}`,
  async strike({ system, random }) {
    await system.kill(part);
    await delay(random.between(0, MAX_DOWN_MS));
    await system.revive(part);
  },
});

const freeze = (part: Part): Fault => ({
  name: `freeze ${part}`,
  async strike({ system, random }) {
    system.freeze(part);
    await delay(random.between(MIN_FROZEN_MS, MAX_FROZEN_MS));
    system.thaw(part);
  },
});

/** @throws Error when it is not so in good time */
const until = (what: string, holds: () => Promise<boolean>) =>
  waitUntil(holds, { withinMs: MOMENT_MS, failure: () => what });

const BLOCKED = `SELECT FROM pg_stat_activity
                  WHERE datname = current_database() AND wait_event_type = 'Lock' AND starts_with(query, $1)`;

/** Holds a table against everybody who writes, and once such a statement waits for it does what is to be done. */
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

/** Answers that do not wait for their event leave it behind. */
export const DIES_RECORDING: Fault = {
  name: 'claims-service dies while its outbox takes nothing',
  async strike({ system, watch }) {
    await blocking(system, RECORDING, async () => {
      await delay(LOCKED_MS);
      await system.kill('claims-service');
      await watch.look();
    });
    await system.revive('claims-service');
  },
};

/** What counts as arrived before it is stored is never stored. */
export const DIES_STORING: Fault = {
  name: 'audit-service dies before its database commits',
  async strike({ system, watch }) {
    await blocking(system, STORING, async () => {
      await system.kill('audit-service');
      await watch.look();
    });
    await system.revive('audit-service');
  },
};

/** What was stored and not counted as read is read again (case A10). A broker that is gone can count nothing. */
export const DIES_COMMITTING: Fault = {
  name: 'audit-service dies after its database committed, before its offset does',
  async strike({ system }) {
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

/** Others that began later commit earlier, and are relayed before. */
export const SLOW_WRITER: Fault = {
  name: 'a transaction with an event takes three seconds',
  async strike({ system, watch }) {
    const [tenant] = system.description.tenants;
    const requestId = await writeSlowly(system, tenant?.id ?? '', 3_000);
    watch.own.push(requestId);
    const { numbered, claims } = claimed(system, requestId);
    // One claim may have begun before the commit; the one after it has seen everything.
    for (let past = await claims(), changes = 0; changes < 2;) {
      await until('events are claimed', async () => (await claims()) !== past);
      past = await claims();
      changes += 1;
    }
    if (!(await numbered())) watch.overtaken(requestId);
  },
};

/** While nothing can be sent nothing may be forgotten. */
export const KILL_BROKER: Fault = {
  name: 'kill kafka, and look while it is gone',
  async strike({ system, watch }) {
    await system.kill('kafka');
    await delay(LOCKED_MS);
    await watch.look();
    await system.revive('kafka');
  },
};

/** At the moment that decides about one rule each. */
const DECISIVE: readonly Fault[] = [DIES_RECORDING, DIES_STORING, DIES_COMMITTING, SLOW_WRITER, KILL_BROKER];

const RANDOM: readonly Fault[] = [
  ...SERVICE_NAMES.map(kill),
  ...SERVICE_NAMES.map(freeze),
  ...(['postgres', 'kafka'] as const).flatMap((part) => [kill(part), freeze(part)]),
];

/** Every fault once, in some order, then any, until the time is over: but those that decide always. */
export function* untilOver(random: FaultRandom, minutes: number): Generator<Fault> {
  const over = Date.now() + minutes * 60_000;
  yield* random.shuffled(DECISIVE);
  for (;;) {
    for (const fault of random.shuffled([...RANDOM, ...DECISIVE])) {
      if (Date.now() > over) return;
      yield fault;
    }
  }
}
