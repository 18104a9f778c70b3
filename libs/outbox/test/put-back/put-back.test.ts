/** The database of a service that runs is put back: what its outbox has again is delivered, and what it lacks is, too. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import {
  newEvent,
  type Receiver,
  routeTo,
  startReceiver,
  startRelay,
  startWorld,
  type World,
} from '../world.ts';

const EVENTS = 3;
const WITHIN = { withinMs: 20_000 };

describe('an outbox that was put back under its process', () => {
  let world: World;
  let receiver: Receiver;
  let relay: ReturnType<typeof startRelay>;
  beforeAll(async () => {
    world = await startWorld();
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    relay = startRelay(routeTo(world.pool, receiver.store));
  });
  afterEach(async () => {
    await relay.stop();
    await receiver.stop();
    await world.admin.query('DROP TABLE IF EXISTS backup; DELETE FROM outbox');
  });
  afterAll(() => world?.stop());

  async function record(tenant = 'north'): Promise<string[]> {
    const events = Array.from({ length: EVENTS }, () => newEvent({ tenant }));
    for (const event of events) await relay.recorder.record(event);
    return events.map(({ requestId }) => requestId);
  }
  /** The rows are as they were, and the connection that has the lock of the process is lost. No statement is under way. */
  async function putBack(): Promise<void> {
    await world.admin.query('DELETE FROM outbox; INSERT INTO outbox SELECT * FROM backup');
    await world.admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'",
    );
  }
  const isEmpty = async () => (await world.waiting()).length === 0;

  it('delivers rows again that its process had delivered', async () => {
    const deliver = receiver.answer;
    receiver.answer = (response) => response.writeHead(503).end();
    const { producer } = relay.recorder;
    const ids = await record();
    await world.admin.query('CREATE TABLE backup AS TABLE outbox');
    receiver.answer = deliver;
    await waitUntil(isEmpty, WITHIN);
    await putBack();
    await waitUntil(isEmpty, WITHIN);
    expect(ids.map((id) => receiver.acknowledged.get(id))).toEqual(ids.map(() => 2));
    expect([...receiver.sequences.keys()]).toEqual([`claims-service/${producer}`]);
  });

  it('delivers events of which it has no row, because its process still has them', async () => {
    const deliver = receiver.answer;
    await world.admin.query('CREATE TABLE backup AS TABLE outbox');
    receiver.answer = (response) => response.writeHead(503).end();
    const lost = await record();
    const { producer } = relay.recorder;
    await putBack();
    await waitUntil(() => relay.recorder.producer !== producer, WITHIN);
    const kept = await record();
    expect((await world.waiting()).sort()).toEqual(kept.sort());
    receiver.answer = deliver;
    await waitUntil(() => [...lost, ...kept].every((id) => receiver.acknowledged.has(id)), WITHIN);
    await waitUntil(isEmpty, WITHIN);
    // In the order in which they were recorded.
    expect(receiver.taken.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('delivers events of a plan that was held, of which it has no row, when the plan goes on', async () => {
    await world.admin.query('CREATE TABLE backup AS TABLE outbox');
    receiver.held.add('south');
    const early = await record('south');
    await waitUntil(() => early.every((id) => receiver.seen.has(id)), WITHIN);
    const late = await record('south');
    const { producer } = relay.recorder;
    await putBack();
    await waitUntil(() => relay.recorder.producer !== producer, WITHIN);
    const others = await record();
    await waitUntil(() => others.every((id) => receiver.acknowledged.has(id)), WITHIN);
    await waitUntil(isEmpty, WITHIN);
    receiver.held.clear();
    await waitUntil(() => [...early, ...late].every((id) => receiver.acknowledged.has(id)), WITHIN);
    expect(receiver.taken.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6]);
    expect(relay.moved.lost).toBe(0);
  });
});
