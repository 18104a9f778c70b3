/** What is done to the system. Each fault ends with every part running again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.ts';
import { DATABASES, type Part, SERVICES, type System } from './system.ts';
import { writeSlowly } from './writer.ts';

export interface Fault {
  name: string;
  /** @returns request ids of events that it recorded itself */
  strike(system: System, random: Random): Promise<string[] | void>;
}

const MAX_DOWN_MS = 3_000;
const MIN_FROZEN_MS = 1_000;
const MAX_FROZEN_MS = 6_000;
/** Below the time after which a statement that waits is cancelled. */
const LOCKED_MS = 800;

const kill = (part: Part): Fault => ({
  name: `kill ${part}`,
  async strike(system, random) {
    await system.kill(part);
    await delay(random.between(0, MAX_DOWN_MS));
    await system.revive(part);
  },
});

const freeze = (part: Part): Fault => ({
  name: `freeze ${part}`,
  async strike(system, random) {
    system.freeze(part);
    await delay(random.between(MIN_FROZEN_MS, MAX_FROZEN_MS));
    system.thaw(part);
  },
});

/** Holds a table against everybody while `during` runs. */
async function locking(
  system: System,
  [database, table]: [(typeof DATABASES)[number], string],
  during: () => Promise<void>,
): Promise<void> {
  const client = await system.connect(database);
  try {
    await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    await delay(LOCKED_MS);
    await during();
  } finally {
    await client.end();
  }
}

/** Answers that do not wait for their event leave it behind. */
export const DIES_RECORDING: Fault = {
  name: 'claims-service dies while its outbox takes nothing',
  async strike(system) {
    await locking(system, ['claims', 'outbox'], () => system.kill('claims-service'));
    await system.revive('claims-service');
  },
};

/** What counts as arrived before it is stored is never stored. */
export const DIES_STORING: Fault = {
  name: 'audit-service dies before its database commits',
  async strike(system) {
    await locking(system, ['audit', 'trail.chain_head'], () => system.kill('audit-service'));
    await system.revive('audit-service');
  },
};

/** What was stored and not counted as read is read again (case A10). */
export const DIES_COMMITTING: Fault = {
  name: 'audit-service dies after its database committed, before its offset does',
  async strike(system) {
    await locking(system, ['audit', 'trail.chain_head'], async () => system.freeze('kafka'));
    await delay(LOCKED_MS);
    await system.kill('audit-service');
    system.thaw('kafka');
    await system.revive('audit-service');
  },
};

/** Others that began later commit earlier, and are relayed before. */
export const SLOW_WRITER: Fault = {
  name: 'a transaction with an event takes three seconds',
  async strike(system) {
    const [tenant] = system.description.tenants;
    return [await writeSlowly(system, tenant?.id ?? '', 3_000)];
  },
};

export const KILL_BROKER: Fault = kill('kafka');

export const FAULTS: readonly Fault[] = [
  ...SERVICES.map(kill),
  ...SERVICES.map(freeze),
  ...(['postgres', 'kafka'] as const).flatMap((part) => [kill(part), freeze(part)]),
  DIES_RECORDING,
  DIES_STORING,
  DIES_COMMITTING,
  SLOW_WRITER,
];
