import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { type BatchRecord, recordOf, signBatch } from '@patient-access/events';
import { Delivery } from '../../src/delivery.ts';
import type { Publisher } from '../../src/publisher.ts';
import { insertNumbered, numberRows, readEvents } from '../../src/rows.ts';
import {
  fillOutbox,
  newEvent,
  type Receiver,
  routeTo,
  SIGNER,
  startReceiver,
  startRelay,
  startWorld,
  type World,
  writerOf,
} from '../world.ts';

/** A broker that acknowledges everything and passes on only what it is told to. */
function broker(
  receiver: Receiver,
  passesOn: (record: BatchRecord) => boolean,
): Publisher & { sent: number } {
  const { publish } = routeTo({} as never, receiver.store).publisher;
  return {
    sent: 0,
    async publish(batches) {
      const passed = batches.flatMap((batch) => {
        this.sent += batch.records.length;
        const records = batch.records.filter(passesOn);
        return records.length > 0 ? [signBatch(SIGNER, { ...batch, records })] : [];
      });
      if (passed.length > 0) await publish(passed);
      return { by: 'broker', held: new Set() };
    },
    close: () => Promise.resolve(),
  };
}

describe('the sequence of a producer', () => {
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

  const relayThrough = (publisher: Publisher) =>
    startRelay({ ...routeTo(world.pool, receiver.store), publisher }, (error) => failures.push(error));
  const isEmpty = async () => (await world.waiting()).length === 0;

  it('has no gap and no row twice when many number rows at once and some are rolled back', async () => {
    await fillOutbox(world, 2_000);
    const rolledBack = async () => {
      const client = await world.admin.connect();
      await client.query('BEGIN');
      await numberRows(client, randomUUID(), 0, 50);
      await client.query('ROLLBACK');
      client.release();
    };
    const taken: string[] = [];
    const taker = async () => {
      const producer = randomUUID();
      let last = 0;
      for (let misses = 0; misses < 3;) {
        const rows = await numberRows(world.pool, producer, last, 37);
        misses = rows.length === 0 ? misses + 1 : 0;
        expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, at) => last + 1 + at));
        taken.push(...rows.map(({ text }) => text));
        last += rows.length;
      }
    };
    await Promise.all([taker(), rolledBack(), taker(), taker(), rolledBack(), taker()]);
    expect([taken.length, new Set(taken).size]).toEqual([2_000, 2_000]);
  });

  it('keeps a row that a broker acknowledged until the audit store has it', async () => {
    await fillOutbox(world, 10);
    let passing = false;
    const dropping = broker(receiver, () => passing);
    const relay = relayThrough(dropping);
    await waitUntil(() => dropping.sent >= 10);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await world.waiting()).toHaveLength(10);
    passing = true;
    await waitUntil(isEmpty);
    await relay.stop();
    expect(relay.moved).toMatchObject({ confirmed: 10, failures: 0 });
  });

  it('shows which messages a broker dropped, so that they are sent again with their numbers (case A07)', async () => {
    const ids = await fillOutbox(world, 400);
    const dropped = new Set<number>();
    // This broker drops every seventh message once.
    const lossy = broker(receiver, ({ sequence }) => {
      if (sequence % 7 !== 0 || dropped.has(sequence)) return true;
      dropped.add(sequence);
      return false;
    });
    const relay = relayThrough(lossy);
    await waitUntil(isEmpty);
    await relay.stop();
    expect(ids.filter((id) => receiver.acknowledged.get(id) !== 1)).toEqual([]);
    expect(dropped.size).toBeGreaterThan(50);
    const [numbers] = [...receiver.sequences.values()];
    expect([relay.moved.resent, numbers?.size]).toEqual([dropped.size, 400]);
  });

  it('is not sent again after an answer to a question that was asked before it was sent', async () => {
    const { store } = receiver;
    const asked = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    const slow = {
      ...store,
      async missing(...question: Parameters<typeof store.missing>) {
        const answer = await store.missing(...question);
        asked.resolve();
        await late.promise;
        return answer;
      },
    };
    await fillOutbox(world, 20);
    const producer = randomUUID();
    const events = await numberRows(world.pool, producer, 0, 20);
    const sink = broker(receiver, () => true);
    const route = { ...routeTo(world.pool, slow), publisher: sink, batchRows: 10, resendAfterMs: 0 };
    const moved = { published: 0, confirmed: 0, resent: 0, failures: 0, lost: 0 };
    const delivery = new Delivery(route, producer, moved);
    for (const event of events) delivery.pending.add(event);
    await delivery.send();
    const confirmed = delivery.confirm();
    await asked.promise;
    await delivery.send();
    late.resolve();
    await confirmed;
    expect(await delivery.send()).toBe(0);
    expect([sink.sent, moved.confirmed, moved.resent]).toEqual([20, 10, 0]);
    await delivery.confirm();
    expect([await world.waiting(), delivery.isUnderWay]).toEqual([[], false]);
  });

  it('is sent again in deliveries as long as the first ones may be, each row once', async () => {
    const producer = randomUUID();
    const records = Array.from({ length: 1_200 }, () => recordOf(newEvent({ request: 'x'.repeat(4_000) })));
    await insertNumbered(writerOf(world.pool), producer, 0, records);
    let isLost = true;
    let delivered: BatchRecord[] = [];
    const sink = broker(receiver, (record) => {
      delivered.push(record);
      // The store has the first hundred, so that what is missing is no whole deliveries.
      return !isLost || record.sequence <= 100;
    });
    const route = {
      ...routeTo(world.pool, receiver.store),
      publisher: sink,
      batchRows: 1_000,
      resendAfterMs: 0,
    };
    const moved = { published: 0, confirmed: 0, resent: 0, failures: 0, lost: 0 };
    const delivery = new Delivery(route, producer, moved);
    for (const event of await readEvents(world.pool, producer, [1, 1_200], 1_200))
      delivery.pending.add(event);
    const deliveries = async () => {
      const all: BatchRecord[][] = [];
      for (delivered = []; (await delivery.send()) > 0; delivered = []) all.push(delivered);
      return all;
    };
    const longest = (all: BatchRecord[][]) =>
      Math.max(...all.map((each) => each.reduce((sum, { text }) => sum + text.length, 0)));
    const first = await deliveries();
    await delivery.confirm();
    isLost = false;
    const again = await deliveries();
    expect(again.flat().map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 1_100 }, (_, at) => 101 + at),
    );
    expect([first.length, again.length]).toEqual([3, 3]);
    expect(longest(again)).toBeLessThanOrEqual(longest(first));
    await delivery.confirm();
    expect([await world.waiting(), delivery.isUnderWay]).toEqual([[], false]);
  });

  it('is asked about until the store has all, also when it is found to have some while these are sent again', async () => {
    const producer = randomUUID();
    await insertNumbered(
      writerOf(world.pool),
      producer,
      0,
      Array.from({ length: 30 }, () => recordOf(newEvent())),
    );
    let isLost = true;
    const sink = broker(receiver, () => !isLost);
    let whilePublishing = (): Promise<void> => Promise.resolve();
    const publisher = {
      ...sink,
      async publish(...batches: Parameters<typeof sink.publish>) {
        const done = await sink.publish(...batches);
        await whilePublishing();
        return done;
      },
    };
    const route = { ...routeTo(world.pool, receiver.store), publisher, batchRows: 20, resendAfterMs: 0 };
    const moved = { published: 0, confirmed: 0, resent: 0, failures: 0, lost: 0 };
    const delivery = new Delivery(route, producer, moved);
    for (const event of await readEvents(world.pool, producer, [1, 30], 30)) delivery.pending.add(event);
    await delivery.send();
    await delivery.send();
    await delivery.confirm();
    // Of the first twenty the store hears now, and says so before their delivery is over. The last ten are lost again.
    isLost = false;
    whilePublishing = () => delivery.confirm();
    await delivery.send();
    isLost = true;
    expect([moved.confirmed, delivery.isUnderWay]).toEqual([20, true]);
    await delivery.send();
    isLost = false;
    await delivery.confirm();
    await delivery.send();
    await delivery.confirm();
    expect([await world.waiting(), delivery.isUnderWay]).toEqual([[], false]);
  });

  it('is published while the store does not answer, and nothing is sent again before it answers', async () => {
    await fillOutbox(world, 20);
    const { store } = receiver;
    let answering = false;
    const silent = {
      ...store,
      missing: (...asked: Parameters<typeof store.missing>) =>
        answering ? store.missing(...asked) : Promise.reject(new Error('no answer')),
    };
    const sink = broker(receiver, () => true);
    const relay = startRelay({ ...routeTo(world.pool, silent), publisher: sink }, (error) =>
      failures.push(error),
    );
    await waitUntil(() => failures.length >= 2);
    expect([sink.sent, (await world.waiting()).length]).toEqual([20, 20]);
    answering = true;
    await waitUntil(isEmpty);
    await relay.stop();
    expect(sink.sent).toBe(20);
  });
});
