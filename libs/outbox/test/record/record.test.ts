import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { recordOf } from '@patient-access/events';
import { Recorder } from '../../src/record.ts';
import { newEvent, startWorld, type World } from '../world.ts';

describe('the recorder', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterEach(() => world.admin.query('DELETE FROM outbox'));
  afterAll(() => world?.stop());

  const newRecorder = (onRecorded = () => {}) => new Recorder(world.pool, onRecorded);

  it('resolves when other connections can see the event', async () => {
    const event = newEvent();
    await newRecorder().record(event);
    const { rows } = await world.admin.query('SELECT service, tenant, member, body FROM outbox');
    expect(rows).toEqual([
      { service: 'claims-service', tenant: 'north', member: 'anna', body: recordOf(event) },
    ]);
  });

  it('stores an empty member for an event about no member', async () => {
    await newRecorder().record(newEvent({ member: undefined }));
    expect((await world.admin.query('SELECT member FROM outbox')).rows).toEqual([{ member: '' }]);
  });

  it('stores a thousand concurrent events in far fewer commits', async () => {
    let commits = 0;
    const recorder = newRecorder(() => (commits += 1));
    const events = Array.from({ length: 1_000 }, () => newEvent());
    await Promise.all(events.map((event) => recorder.record(event)));
    expect((await world.waiting()).sort()).toEqual(events.map(({ requestId }) => requestId).sort());
    expect(commits).toBeLessThan(100);
  });

  it('stores an event once, however often the service records it', async () => {
    const recorder = newRecorder();
    const event = newEvent();
    await Promise.all([recorder.record(event), recorder.record(event)]);
    await recorder.record(event);
    await recorder.record({ ...event, service: 'coverage-service' });
    expect(await world.waiting()).toHaveLength(2);
  });

  it('rejects every event of a batch that cannot be stored, and works again afterwards', async () => {
    let recorded = 0;
    const recorder = newRecorder(() => (recorded += 1));
    await world.admin.query('REVOKE INSERT ON outbox FROM claims_service');
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => recorder.record(newEvent())));
    await world.admin.query('GRANT INSERT ON outbox TO claims_service');
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect([await world.waiting(), recorded]).toEqual([[], 0]);
    await recorder.record(newEvent());
    expect([(await world.waiting()).length, recorded]).toEqual([1, 1]);
  });

  it('never resolves for an event that was lost when a connection broke', async () => {
    const recorder = newRecorder();
    const events = Array.from({ length: 600 }, () => newEvent());
    const results = Promise.allSettled(
      events.map(async (event, at) => {
        await new Promise((resolve) => setTimeout(resolve, at));
        await recorder.record(event);
      }),
    );
    const cut = setInterval(
      () =>
        void world.admin.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'claims_service'",
        ),
      40,
    );
    const outcomes = await results;
    clearInterval(cut);
    const stored = new Set(await world.waiting());
    const lost = events.filter(
      (event, at) => outcomes[at]?.status === 'fulfilled' && !stored.has(event.requestId),
    );
    expect(lost).toEqual([]);
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
  });
});
