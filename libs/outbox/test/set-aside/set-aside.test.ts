/** audit-service holds a plan's trail: the plan's events wait in order, and nobody else's wait for them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { parseBatch } from '@patient-access/events';
import type { KafkaSender } from '@patient-access/kafka-client';
import { kafkaPublisher } from '../../src/kafka-publisher.ts';
import { Recorder } from '../../src/recorder.ts';
import {
  newEvent,
  type Receiver,
  routeTo,
  startReceiver,
  startRelay,
  startWorld,
  type World,
  writerOf,
} from '../world.ts';

const HELD = 'south';
const PLANS = [HELD, 'north'];
/** More than one delivery, and more than are read at a time. */
const MANY = 250;
const WITHIN = { withinMs: 20_000 };

describe('the events of a plan that is held', () => {
  let world: World;
  let receiver: Receiver;
  beforeAll(async () => {
    world = await startWorld();
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    receiver.held.add(HELD);
  });
  afterEach(async () => {
    await receiver.stop();
    await world.admin.query('DELETE FROM outbox');
  });
  afterAll(() => world?.stop());

  const taken = (tenant: string) => receiver.taken.filter((each) => each.tenant === tenant);
  const isEmpty = async () => (await world.waiting()).length === 0;

  it('wait in the table while others go on, and come in the order of their numbers when it takes them', async () => {
    const { recorder, stop, moved } = startRelay(routeTo(world.pool, receiver.store));
    const record = async (times: number) => {
      for (let time = 0; time < times; time += 1)
        await Promise.all(PLANS.map((tenant) => recorder.record(newEvent({ tenant }))));
    };
    await record(MANY);
    await waitUntil(() => taken('north').length === MANY, WITHIN);
    await record(5);
    await waitUntil(() => taken('north').length === MANY + 5, WITHIN);
    await waitUntil(async () => (await world.waiting()).length === MANY + 5, WITHIN);
    expect(taken(HELD)).toEqual([]);
    receiver.held.clear();
    await record(5);
    await waitUntil(isEmpty, WITHIN);
    await stop();
    const numbers = taken(HELD).map(({ sequence }) => sequence);
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
    expect([numbers.length, moved.failures]).toEqual([MANY + 10, 0]);
  });

  it('wait for their own plan alone when several are held', async () => {
    receiver.held.add('east');
    const plans = [...PLANS, 'east'];
    const { recorder, stop } = startRelay(routeTo(world.pool, receiver.store));
    for (let time = 0; time < MANY; time += 1)
      await Promise.all(plans.map((tenant) => recorder.record(newEvent({ tenant }))));
    await waitUntil(() => taken('north').length === MANY, WITHIN);
    receiver.held.delete('east');
    await waitUntil(() => taken('east').length === MANY, WITHIN);
    expect(taken(HELD)).toEqual([]);
    receiver.held.clear();
    await waitUntil(isEmpty, WITHIN);
    await stop();
    for (const tenant of plans) {
      const numbers = taken(tenant).map(({ sequence }) => sequence);
      expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
      expect(numbers).toHaveLength(MANY);
    }
  });

  /** A broker whose consumer takes nothing of a plan that is held, and what was sent to it. */
  function broker() {
    const sent: { tenant: string; sequence: number }[] = [];
    const sender: KafkaSender = {
      async send(messages) {
        const batches = messages.map(({ value }) => parseBatch(value)).filter((batch) => batch !== undefined);
        for (const { tenant, records } of batches)
          sent.push(...records.map(({ sequence }) => ({ tenant, sequence })));
        await receiver.store.deliver(batches);
      },
      close: () => Promise.resolve(),
    };
    const of = (tenant: string) => sent.filter((each) => each.tenant === tenant).length;
    return { sender, of };
  }

  it('stay away from a broker while it is held, but for those that it got before anybody had heard of it', async () => {
    const { sender, of } = broker();
    const { store } = receiver;
    const route = { ...routeTo(world.pool, store), publisher: kafkaPublisher(sender, store) };
    const { recorder, stop, moved } = startRelay(route);
    const record = (times: number) =>
      Promise.all(
        Array.from({ length: times }, () =>
          PLANS.map((tenant) => recorder.record(newEvent({ tenant }))),
        ).flat(),
      );
    await record(5);
    await waitUntil(() => store.held.has(HELD), WITHIN);
    const early = of(HELD);
    await record(MANY);
    // What it got before is due again meanwhile.
    await waitUntil(() => moved.resent >= early, WITHIN);
    await waitUntil(async () => (await world.waiting()).length === MANY + 5, WITHIN);
    await record(5);
    await waitUntil(() => taken('north').length === MANY + 10, WITHIN);
    expect([early > 0, of(HELD), taken(HELD), moved.failures]).toEqual([true, early, [], 0]);
    receiver.held.clear();
    await waitUntil(isEmpty, WITHIN);
    await stop();
    const numbers = taken(HELD).map(({ sequence }) => sequence);
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
    expect([numbers.length, taken('north').length, moved.failures]).toEqual([MANY + 10, MANY + 10, 0]);
  });

  it('are known to be held until the audit store says otherwise: one that has just started says nothing', async () => {
    const { store } = receiver;
    const heard: string[][] = [];
    const hear = async () => {
      await store.missing('claims-service/none', [1, 1]);
      heard.push([...store.held]);
    };
    await hear();
    receiver.knowsHeld = false;
    await hear();
    receiver.knowsHeld = true;
    receiver.held.clear();
    await hear();
    expect(heard).toEqual([[HELD], [HELD], []]);
  });

  it('stay away from a broker while the audit store does not answer, and others go on', async () => {
    const { sender, of } = broker();
    const { store } = receiver;
    let isAway = false;
    const away = {
      get held() {
        return store.held;
      },
      deliver: store.deliver.bind(store),
      missing: (...asked: Parameters<typeof store.missing>) =>
        isAway ? Promise.reject(new Error('away')) : store.missing(...asked),
    };
    const route = { ...routeTo(world.pool, away), publisher: kafkaPublisher(sender, away) };
    const { recorder, stop } = startRelay(route);
    const record = () => Promise.all(PLANS.map((tenant) => recorder.record(newEvent({ tenant }))));
    await record();
    await waitUntil(() => store.held.has(HELD), WITHIN);
    isAway = true;
    const early = of(HELD);
    for (const nth of [2, 3, 4]) {
      await record();
      await waitUntil(() => of('north') === nth, WITHIN);
    }
    expect([early, of(HELD), (await world.waiting()).length]).toEqual([1, 1, 7]);
    isAway = false;
    receiver.held.clear();
    await waitUntil(isEmpty, WITHIN);
    await stop();
    expect([of(HELD), of('north')]).toEqual([5, 4]);
  });

  it('do not keep back those of another producer that a dead process left', async () => {
    const gone = [
      new Recorder(world.pool, writerOf(world.pool)),
      new Recorder(world.pool, writerOf(world.pool)),
    ];
    const inOrder = gone.toSorted((one, other) => (one.producer < other.producer ? -1 : 1));
    for (const [at, recorder] of inOrder.entries()) await recorder.record(newEvent({ tenant: PLANS[at] }));
    for (const recorder of gone) await recorder.close();
    const relay = startRelay(routeTo(world.pool, receiver.store));
    await waitUntil(() => taken('north').length === 1, WITHIN);
    await relay.stop();
    expect([taken(HELD), (await world.waiting()).length]).toEqual([[], 1]);
  });
});
