import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { recordOf } from '@patient-access/events';
import { Recorder } from '../../src/recorder.ts';
import { waitUntil } from '@patient-access/testing';
import { newEvent, startWorld, type World, writerOf } from '../world.ts';

describe('the recorder', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterEach(() => world.admin.query('DELETE FROM outbox'));
  afterAll(() => world?.stop());

  const opened: Recorder[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((recorder) => recorder.close())));
  function newRecorder(onRecorded = () => {}) {
    const recorder = new Recorder(world.pool, writerOf(world.pool));
    recorder.onRecorded = onRecorded;
    opened.push(recorder);
    return recorder;
  }
  const rowsOf = async () =>
    (
      await world.admin.query<{ producer: string; sequence: string; body: string }>(
        'SELECT producer, sequence, body FROM outbox ORDER BY producer, sequence',
      )
    ).rows;

  it('resolves when other connections can see the event, with its number', async () => {
    const event = newEvent();
    const recorder = newRecorder();
    await recorder.record(event);
    expect(await rowsOf()).toEqual([{ producer: recorder.producer, sequence: '1', body: recordOf(event) }]);
  });

  it('stores a thousand concurrent events in far fewer commits', async () => {
    let commits = 0;
    const recorder = newRecorder(() => (commits += 1));
    const events = Array.from({ length: 1_000 }, () => newEvent());
    await Promise.all(events.map((event) => recorder.record(event)));
    expect((await world.waiting()).sort()).toEqual(events.map(({ requestId }) => requestId).sort());
    expect(commits).toBeLessThan(100);
  });

  it('gives numbers without a gap, whatever is refused in between', async () => {
    const recorder = newRecorder();
    await recorder.record(newEvent());
    const { producer } = recorder;
    await world.admin.query('REVOKE INSERT ON outbox FROM claims_service');
    await expect(recorder.record(newEvent())).rejects.toThrow('permission denied');
    await world.admin.query('GRANT INSERT ON outbox TO claims_service');
    await recorder.record(newEvent());
    expect((await rowsOf()).map((row) => [row.producer, row.sequence])).toEqual([
      [producer, '1'],
      [producer, '2'],
    ]);
  });

  it('becomes a new producer where a server takes no writes, and holds no lock there', async () => {
    const locks = async () =>
      (await world.admin.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted")).rowCount;
    const setReadOnly = async (value: string) => {
      await world.admin.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await world.admin.query('SELECT pg_reload_conf()');
    };
    const recorder = newRecorder();
    await recorder.record(newEvent());
    const { producer } = recorder;
    await setReadOnly('on');
    try {
      const refused = () =>
        recorder.record(newEvent()).then(
          () => false,
          (error: { code?: string }) => error.code === '25006',
        );
      await waitUntil(refused);
      await waitUntil(async () => (await locks()) === 0);
      await expect(recorder.record(newEvent())).rejects.toMatchObject({ code: '25006' });
      // The lock goes with its connection, whose end Postgres may see a moment after the answer.
      await waitUntil(async () => (await locks()) === 0);
    } finally {
      await setReadOnly('off');
    }
    await waitUntil(() =>
      recorder.record(newEvent()).then(
        () => true,
        () => false,
      ),
    );
    expect(recorder.producer).not.toBe(producer);
    await waitUntil(async () => (await locks()) === 1);
  });

  it('becomes a new producer when nobody can say whether a commit happened', async () => {
    const recorder = newRecorder();
    await recorder.record(newEvent());
    const { producer } = recorder;
    const lock = await world.admin.connect();
    await lock.query('BEGIN; LOCK TABLE outbox IN SHARE MODE');
    const doubtful = recorder.record(newEvent()).catch((error: unknown) => error);
    const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE usename = 'claims_service' AND wait_event_type = 'Lock'`;
    await waitUntil(async () => (await world.admin.query(CUT)).rowCount === 1);
    expect(await doubtful).toBeInstanceOf(Error);
    await lock.query('ROLLBACK');
    lock.release();
    await recorder.record(newEvent());
    expect(recorder.producer).not.toBe(producer);
    expect(new Map((await rowsOf()).map((row) => [row.producer, row.sequence]))).toEqual(
      new Map([
        [producer, '1'],
        [recorder.producer, '1'],
      ]),
    );
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
