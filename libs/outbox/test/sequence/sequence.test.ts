import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { type BatchRecord, signBatch } from '@patient-access/events';
import { leaseNew } from '../../src/leases.ts';
import type { Publisher } from '../../src/publisher.ts';
import { Relay } from '../../src/relay.ts';
import {
  fillOutbox,
  type Receiver,
  routeTo,
  SIGNER,
  startReceiver,
  startWorld,
  type World,
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
      return 'sent';
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
    await world.admin.query('UPDATE outbox_producer SET last_sequence = 0');
  });
  afterEach(async () => {
    await receiver.stop();
    await world.admin.query('DELETE FROM outbox');
  });
  afterAll(() => world?.stop());

  const relayThrough = (publisher: Publisher) =>
    new Relay({ ...routeTo(world.pool, receiver.store), publisher }, (error) => failures.push(error));
  const isEmpty = async () => (await world.waiting()).length === 0;

  it('has no gap and no number twice when many lease at once and some leases are rolled back', async () => {
    await fillOutbox(world, 2_000);
    const client = await world.admin.connect();
    const taker = async () => {
      const taken: number[] = [];
      for (let rows = await leaseNew(world.pool, 'claims-service', 37); rows.length > 0;) {
        taken.push(...rows.map(({ sequence }) => sequence));
        rows = await leaseNew(world.pool, 'claims-service', 37);
      }
      return taken;
    };
    // A lease that is rolled back: its numbers are given out again.
    await client.query('BEGIN');
    await leaseNew({ query: client.query.bind(client) } as never, 'claims-service', 50);
    await client.query('ROLLBACK');
    client.release();
    const taken = (await Promise.all([taker(), taker(), taker(), taker()])).flat();
    const all = Array.from({ length: 2_000 }, (_, at) => at + 1);
    expect(taken.sort((one, other) => one - other)).toEqual(all);
  });

  it('keeps a row that a broker acknowledged until the audit store has it', async () => {
    await fillOutbox(world, 10);
    let passing = false;
    const dropping = broker(receiver, () => passing);
    const relay = relayThrough(dropping);
    relay.start();
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
    relay.start();
    await waitUntil(isEmpty);
    await relay.stop();
    expect(ids.filter((id) => receiver.acknowledged.get(id) !== 1)).toEqual([]);
    expect(dropped.size).toBeGreaterThan(50);
    expect([relay.moved.resent, receiver.sequences.size]).toEqual([dropped.size, 400]);
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
    const relay = new Relay({ ...routeTo(world.pool, silent), publisher: sink }, (error) =>
      failures.push(error),
    );
    relay.start();
    await waitUntil(() => failures.length >= 2);
    expect([sink.sent, (await world.waiting()).length]).toEqual([20, 20]);
    answering = true;
    await waitUntil(isEmpty);
    await relay.stop();
    expect(sink.sent).toBe(20);
  });
});
