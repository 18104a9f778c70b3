import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMPILE_CACHE, tries, waitUntil } from '@patient-access/testing';
import {
  fillOutbox,
  type Receiver,
  routeTo,
  startReceiver,
  startRelay,
  startWorld,
  type World,
} from '../world.ts';

const KILLS = tries(2, 4);
/** More than the killed processes can deliver. */
const EVENTS = 1_500 * KILLS;

function startChild(world: World, receiver: Receiver): ChildProcess {
  const script = join(import.meta.dirname, 'child.ts');
  return spawn(process.execPath, [script, world.url, receiver.url], { stdio: 'inherit', env: COMPILE_CACHE });
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

describe('a relay that is killed', () => {
  let world: World;
  let receiver: Receiver;
  beforeAll(async () => {
    world = await startWorld();
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await receiver?.stop();
    await world?.stop();
  });

  it('between delivery and commit, again and again, loses no event (case A10)', async () => {
    const ids = await fillOutbox(world, EVENTS);
    const acknowledge = receiver.answer;
    for (let round = 0; round < KILLS; round += 1) {
      let arrived = 0;
      // The receiver takes the second batch of each process and never answers it. At this moment the process is killed.
      receiver.answer = (response) => {
        arrived += 1;
        if (arrived === 1) acknowledge(response);
      };
      const child = startChild(world, receiver);
      // A process needs seconds to start on a busy machine.
      await waitUntil(() => arrived >= 2, { withinMs: 30_000 });
      await kill(child);
    }
    receiver.answer = acknowledge;
    expect((await world.waiting()).length).toBeGreaterThan(0);
    const other = startRelay(routeTo(world.pool, receiver.store));
    await waitUntil(async () => (await world.waiting()).length === 0, { withinMs: 40_000 });
    await other.stop();
    expect(ids.filter((id) => !receiver.acknowledged.has(id))).toEqual([]);
    expect([...receiver.seen.values()].some((times) => times > 1)).toBe(true);
    // Of each process without a gap, and none of a row that another process had numbered.
    for (const numbers of receiver.sequences.values())
      expect([...numbers].sort((one, other) => one - other)).toEqual([...numbers].map((_, at) => at + 1));
    expect([...receiver.sequences.values()].reduce((sum, { size }) => sum + size, 0)).toBe(ids.length);
  }, 120_000);
});
