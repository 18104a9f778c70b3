/** What is asked again about events that are lost for good: seldom, and no more than has to be asked. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SequenceRange } from '@patient-access/events';
import type { Moved } from '../../src/delivery.ts';
import { FormerProducers } from '../../src/former-producers.ts';
import { type Receiver, routeTo, startReceiver, startWorld, type World } from '../world.ts';

const PAUSE_MS = 100;
const LOOKS_MS = 2_000;
const FORMER = '0192f0c1-2222-4000-8000-000000000000';

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

it('doubles the pause while nothing changes, and asks only where something was missing', async () => {
  const moved: Moved = { published: 0, confirmed: 0, resent: 0, failures: 0, lost: 0 };
  const asked: SequenceRange[] = [];
  const { store } = receiver;
  const heard = {
    ...store,
    missing: (producer: string, range: SequenceRange) => {
      asked.push(range);
      return store.missing(producer, range);
    },
  };
  const formers = new FormerProducers(
    { ...routeTo(world.pool, heard), resendAfterMs: PAUSE_MS },
    moved,
    new AbortController().signal,
  );
  const stored = new Set([1, 2]);
  receiver.sequences.set(`claims-service/${FORMER}`, stored);
  formers.add(FORMER, 4);
  const lookUntil = async (isOver: () => boolean) => {
    for (; !isOver(); await new Promise((go) => setTimeout(go, 20))) await formers.look();
  };
  const end = performance.now() + LOOKS_MS;
  await lookUntil(() => performance.now() > end);
  expect(moved.lost).toBe(2);
  const [first, ...again] = asked;
  expect(first).toEqual([1, 4]);
  expect(new Set(again.map(String))).toEqual(new Set(['3,4']));
  // After 100, 200, 400, 800 and 1,600 ms, and each time once more about what has no row. Without it these would be forty.
  expect(asked.length).toBeLessThanOrEqual(12);
  stored.add(3);
  await lookUntil(() => moved.lost === 1);
  stored.add(4);
  await lookUntil(() => moved.lost === 0);
  expect(asked.at(-1)).toEqual([4, 4]);
});
