import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '@patient-access/platform';
import { runningClock, waitUntil } from '@patient-access/testing';
import { OutboxMetrics } from '../../src/metrics.ts';
import { openOutbox } from '../../src/outbox.ts';
import { configFor } from '../config-for.ts';
import {
  fillOutbox,
  newEvent,
  type Receiver,
  routeTo,
  startReceiver,
  startRelay,
  startWorld,
  type World,
} from '../world.ts';

/** So long events come at a steady rate, and longer where the machine stands still meanwhile. */
const RATE_MS = 5_000;
/** For no longer time events come in one turn: what a machine that stood still has missed does not come all at once. */
const TURN_MS = 100;

describe('a relay', () => {
  let world: World;
  let receiver: Receiver;
  let failures: unknown[];
  beforeAll(async () => {
    world = await startWorld();
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    failures = [];
  });
  afterEach(async () => {
    await receiver.stop();
    await world.admin.query('DELETE FROM outbox');
  });
  afterAll(() => world?.stop());

  const newRelay = () => startRelay(routeTo(world.pool, receiver.store), (error) => failures.push(error));
  const missing = (ids: string[]) => ids.filter((id) => !receiver.acknowledged.has(id));

  it('delivers the waiting rows, and deletes them when they are confirmed', async () => {
    const ids = await fillOutbox(world, 1_200);
    const relay = newRelay();
    await waitUntil(() => missing(ids).length === 0);
    await relay.stop();
    expect(await world.waiting()).toEqual([]);
    expect([...receiver.seen.values()].every((times) => times === 1)).toBe(true);
  });

  /** Records about so many events a second, and not more after a stall. @returns the number of deliveries that carried them */
  async function deliveriesOf(eventsPerSecond: number): Promise<number> {
    let deliveries = 0;
    const acknowledge = receiver.answer;
    receiver.answer = (response) => {
      deliveries += 1;
      acknowledge(response);
    };
    const relay = startRelay({ ...routeTo(world.pool, receiver.store), batchRows: 10_000 });
    const all = (eventsPerSecond * RATE_MS) / 1_000;
    for (let recorded = 0, last = performance.now(); recorded < all;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const now = performance.now();
      const due = Math.ceil((Math.min(now - last, TURN_MS) / 1_000) * eventsPerSecond);
      const events = Math.min(due, all - recorded);
      last = now;
      await Promise.all(Array.from({ length: events }, () => relay.recorder.record(newEvent())));
      recorded += events;
    }
    await waitUntil(() => receiver.acknowledged.size === all);
    await relay.stop();
    return deliveries;
  }

  it('waits for more while many events come, so that few deliveries carry them', async () => {
    // It makes three, and one more whenever the machine stands still. Pauses of half a second alone would make nine or more.
    expect(await deliveriesOf(180)).toBeLessThanOrEqual(7);
  });

  it('does not wait for more when there are enough, so that no delivery takes long', async () => {
    // It makes ten, or fewer on a slow machine. Pauses of two seconds would make three.
    expect(await deliveriesOf(1_000)).toBeGreaterThanOrEqual(5);
  });

  it('delivers a row again until it is confirmed', async () => {
    let refused = 0;
    const acknowledge = receiver.answer;
    receiver.answer = (response) => {
      refused += 1;
      if (refused > 3) acknowledge(response);
      else if (refused === 2) response.destroy();
      else response.writeHead(503).end();
    };
    const ids = await fillOutbox(world, 10);
    const relay = newRelay();
    await waitUntil(() => missing(ids).length === 0);
    await relay.stop();
    expect(await world.waiting()).toEqual([]);
    expect([...receiver.seen.values()]).toEqual(Array.from({ length: 10 }, () => 4));
    expect(failures).toHaveLength(3);
  });

  it('keeps all rows while the receiver is away', async () => {
    const ids = await fillOutbox(world, 5);
    await receiver.stop();
    const relay = newRelay();
    await waitUntil(() => failures.length > 0);
    await relay.stop();
    expect((await world.waiting()).sort()).toEqual(ids.sort());
  });

  it('shares a table with other relays: each row is delivered, and none twice', async () => {
    const ids = await fillOutbox(world, 5_000);
    const relays = [newRelay(), newRelay(), newRelay()];
    await waitUntil(() => missing(ids).length === 0);
    await Promise.all(relays.map((relay) => relay.stop()));
    expect(await world.waiting()).toEqual([]);
    expect([...receiver.seen.values()].every((times) => times === 1)).toBe(true);
  });

  it('delivers all rows that are left before it stops, however many there are', async () => {
    const relay = newRelay();
    await waitUntil(async () => (await world.pool.query('SELECT 1')).rowCount === 1);
    const ids = await fillOutbox(world, 1_700);
    await relay.stop();
    expect(missing(ids)).toEqual([]);
    expect(await world.waiting()).toEqual([]);
  });

  it('stops at once even while it waits after failures', async () => {
    receiver.answer = (response) => response.writeHead(503).end();
    await fillOutbox(world, 1);
    const relay = newRelay();
    await waitUntil(() => failures.length >= 4, { withinMs: 20_000 });
    const ran = runningClock();
    await relay.stop();
    expect(ran()).toBeLessThan(1_500);
    expect(await world.waiting()).toHaveLength(1);
  });

  it('stops although others write as fast as it delivers, and another process delivers what is left', async () => {
    const ids = await fillOutbox(world, 200);
    const acknowledge = receiver.answer;
    receiver.answer = (response) =>
      void fillOutbox(world, 200).then((more) => {
        ids.push(...more);
        acknowledge(response);
      });
    await newRelay().stop();
    expect(await world.waiting()).not.toEqual([]);
    receiver.answer = acknowledge;
    const next = newRelay();
    await waitUntil(() => missing(ids).length === 0, { withinMs: 20_000 });
    await next.stop();
  });

  it('stops although nobody answers, and keeps what is left', async () => {
    receiver.answer = () => undefined;
    const ids = await fillOutbox(world, 5);
    const relay = newRelay();
    await waitUntil(() => receiver.seen.size > 0);
    await relay.stop();
    expect((await world.waiting()).sort()).toEqual(ids.sort());
  });

  it('is woken up when an event is recorded', async () => {
    const log = { warn: () => undefined, error: () => undefined };
    const outbox = await openOutbox(
      configFor(world, receiver),
      'claims-service',
      log,
      new OutboxMetrics(new Metrics()),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const event = newEvent();
    await outbox.record(event);
    // Nothing else would make it look at what it has in memory.
    await waitUntil(() => receiver.acknowledged.has(event.requestId));
    await waitUntil(async () => (await outbox.depth()) === 0);
    await outbox.close();
  });
});
