/** A process lost its connection while it recorded, and went on as a new producer. Nobody else knows what the old one had sent. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import type { Route } from '../../src/route.ts';
import {
  fillOutbox,
  loseConnectionIn,
  newEvent,
  type Receiver,
  routeTo,
  startReceiver,
  startRelay,
  startWorld,
  type World,
} from '../world.ts';

/** `resendAfterMs` of the route, and two looks. */
const ASKED_MS = 3_500;

describe('events of a producer that this process was before', () => {
  let world: World;
  let receiver: Receiver;
  let relay: ReturnType<typeof startRelay>;
  let told: unknown[];
  beforeAll(async () => {
    world = await startWorld();
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    begin(routeTo(world.pool, receiver.store));
  });
  afterEach(async () => {
    await relay.stop();
    await receiver.stop();
    await world.admin.query('DELETE FROM outbox');
  });
  afterAll(() => world?.stop());

  function begin(route: Route): void {
    relay = startRelay(route);
    told = [];
    // The receiver names each number as a range of its own.
    relay.formers.onLost = (producer, lost) => void told.push([producer, lost.map(([first]) => first)]);
  }
  /** @param isStored whether the store gets the events @returns the old producer, which recorded four */
  async function becomeAnother(isStored = true): Promise<string> {
    const { recorder } = relay;
    for (let made = 0; made < 4; made += 1) await recorder.record(newEvent());
    const { producer } = recorder;
    if (isStored) await waitUntil(async () => (await world.waiting()).length === 0);
    await loseConnectionIn(world, recorder);
    expect(recorder.producer).not.toBe(producer);
    return producer;
  }
  const pause = () => new Promise((resolve) => setTimeout(resolve, ASKED_MS));

  it('are lost when the audit store was put back, until they come again', async () => {
    const producer = await becomeAnother();
    const stored = receiver.sequences.get(`claims-service/${producer}`);
    for (const sequence of [3, 4]) stored?.delete(sequence);
    await waitUntil(() => relay.moved.lost === 2);
    expect(told).toEqual([[producer, [3, 4]]]);
    for (const sequence of [3, 4]) stored?.add(sequence);
    await waitUntil(() => relay.moved.lost === 0, { withinMs: 10_000 });
    expect(told).toHaveLength(1);
  });

  it('are lost when the outbox was put back before it had delivered them, and not before', async () => {
    await relay.stop();
    // A broker takes all and keeps nothing: the rows stay, and memory has none of them.
    const publish = () => Promise.resolve({ by: 'broker' as const, held: new Set<string>() });
    const publisher = { publish, close: () => Promise.resolve() };
    begin({ ...routeTo(world.pool, receiver.store), publisher });
    const producer = await becomeAnother(false);
    await pause();
    expect([relay.moved.lost, told]).toEqual([0, []]);
    await world.admin.query('DELETE FROM outbox WHERE sequence >= 2');
    await waitUntil(() => relay.moved.lost === 3, { withinMs: 10_000 });
    expect(told).toEqual([[producer, [2, 3, 4]]]);
  });

  it('are not lost while this process has them in memory, and sends them later', async () => {
    const deliver = receiver.answer;
    receiver.answer = (response) => response.writeHead(503).end();
    const producer = await becomeAnother(false);
    await world.admin.query('DELETE FROM outbox');
    await pause();
    expect([relay.moved.lost, told]).toEqual([0, []]);
    receiver.answer = deliver;
    const stored = () => receiver.sequences.get(`claims-service/${producer}`)?.size;
    await waitUntil(() => stored() === 4, { withinMs: 10_000 });
    await pause();
    expect([relay.moved.lost, told]).toEqual([0, []]);
  });

  it('are asked after beside the deliveries, which wait for no answer about them', async () => {
    const producer = await becomeAnother();
    const { store } = receiver;
    const { missing } = store;
    const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    store.missing = async (of, range) => {
      if (of.endsWith(producer)) {
        asked.resolve();
        await answered.promise;
      }
      return missing(of, range);
    };
    await asked.promise;
    await fillOutbox(world, 3);
    await waitUntil(async () => (await world.waiting()).length === 0, { withinMs: 10_000 });
    answered.resolve();
  });

  it('are not asked after any more when the audit store has all of them', async () => {
    const producer = await becomeAnother();
    const { store } = receiver;
    const { missing } = store;
    const answered = Promise.withResolvers<void>();
    store.missing = async (of, range) => {
      const found = await missing(of, range);
      if (of.endsWith(producer)) answered.resolve();
      return found;
    };
    await Promise.all([answered.promise, pause()]);
    receiver.sequences.get(`claims-service/${producer}`)?.clear();
    await pause();
    expect([relay.moved.lost, told]).toEqual([0, []]);
  });
});
