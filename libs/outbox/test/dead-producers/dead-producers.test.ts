import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { ProducerLock } from '../../src/producer-lock.ts';
import { Recorder } from '../../src/recorder.ts';
import {
  loseConnectionIn,
  newEvent,
  type Receiver,
  routeTo,
  startReceiver,
  startRelay,
  startWorld,
  type World,
  writerOf,
} from '../world.ts';

/** Every second the relay looks for producers whose lock is free. */
const LOOKS_MS = 2_500;

describe('the rows of another process', () => {
  let world: World;
  let receiver: Receiver;
  beforeAll(async () => {
    world = await startWorld();
  });
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await receiver.stop();
    await world.admin.query('DELETE FROM outbox');
  });
  afterAll(() => world?.stop());

  const isEmpty = async () => (await world.waiting()).length === 0;

  it('stay with it while it lives, and are delivered under its name and numbers when it is gone', async () => {
    const other = new Recorder(world.pool, writerOf(world.pool));
    const events = [newEvent(), newEvent(), newEvent()];
    for (const event of events) await other.record(event);
    const relay = startRelay(routeTo(world.pool, receiver.store));
    await new Promise((resolve) => setTimeout(resolve, LOOKS_MS));
    expect([receiver.seen.size, (await world.waiting()).length]).toEqual([0, 3]);
    await other.close();
    await waitUntil(isEmpty);
    await relay.stop();
    expect([...receiver.sequences]).toEqual([[`claims-service/${other.producer}`, new Set([1, 2, 3])]]);
  });

  it('are delivered when its connection breaks, by which nobody has to know a time', async () => {
    const other = new Recorder(world.pool, writerOf(world.pool));
    await other.record(newEvent());
    await world.admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'",
    );
    const relay = startRelay(routeTo(world.pool, receiver.store));
    await waitUntil(isEmpty);
    await other.close();
    await relay.stop();
  });

  it('include one that its database commits after it was taken over', async () => {
    const other = new Recorder(world.pool, writerOf(world.pool));
    await other.record(newEvent());
    const { producer } = other;
    await other.close();
    const late = await world.admin.connect();
    await late.query('BEGIN');
    const insert = 'INSERT INTO outbox (producer, sequence, body) VALUES ($1, 2, $2)';
    await late.query(insert, [producer, JSON.stringify({ v: 1, ...newEvent() })]);
    const relay = startRelay(routeTo(world.pool, receiver.store));
    await waitUntil(() => receiver.acknowledged.size === 1);
    await late.query('COMMIT');
    late.release();
    await waitUntil(() => receiver.acknowledged.size === 2);
    await waitUntil(isEmpty);
    await relay.stop();
    expect(receiver.sequences.get(`claims-service/${producer}`)).toEqual(new Set([1, 2]));
  });

  it('are those of this process too, from before a commit that nobody could be sure of', async () => {
    receiver.answer = (response) => response.writeHead(503).end();
    const relay = startRelay(routeTo(world.pool, receiver.store));
    const { recorder } = relay;
    await recorder.record(newEvent());
    const { producer } = recorder;
    await loseConnectionIn(world, recorder);
    receiver.answer = (response) => response.writeHead(204).end();
    await recorder.record(newEvent());
    await waitUntil(isEmpty);
    await relay.stop();
    expect(new Set(receiver.sequences.keys())).toEqual(
      new Set([`claims-service/${producer}`, `claims-service/${recorder.producer}`]),
    );
  });

  it('are held by a lock that ends with its transaction, so that a pooler in transaction mode may be in between', async () => {
    const lock = await ProducerLock.take(world.pool, 'somebody');
    expect(await ProducerLock.take(world.pool, 'somebody')).toBeUndefined();
    const { rows } = await world.admin.query<{ held: string; snapshot: string | null; xid: string | null }>(
      `SELECT a.state AS held, a.backend_xmin::text AS snapshot, a.backend_xid::text AS xid
         FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted`,
    );
    await lock?.end();
    // Without a snapshot and a transaction id it does not hold back vacuum.
    expect(rows).toEqual([{ held: 'idle in transaction', snapshot: null, xid: null }]);
    const next = await ProducerLock.take(world.pool, 'somebody');
    expect(next).toBeDefined();
    await next?.end();
  });
});
