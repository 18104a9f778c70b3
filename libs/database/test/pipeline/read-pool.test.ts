/**
 * Tests connections on which requests do not wait for one another: what each gets, and how the failure of one affects
 * others.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Postgres, startPostgres, waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { createReadPool, provisionDatabase, type ReadPool } from '../../src/index.ts';
import { startStalling } from './stalling.ts';

const ROWS = 50;
const BODY = `{"text":"${'ä€😀'.repeat(2_000)}"}`;

interface Row {
  id: string;
  number: number;
  at: Date;
  body: Buffer | null;
}

const UNDER_LOCK = 'SELECT pg_advisory_xact_lock_shared(1)::text';
const WAITS_FOR_LOCK = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";

/** Deadlines that no busy machine reaches. */
const PATIENT = { statementTimeoutMs: 30_000, connectTimeoutMs: 30_000 };

const rowById = (id: number) => ({
  name: 'row',
  text: 'SELECT id, number, at, body FROM thing WHERE id = $1',
  values: [`t-${id}`],
  byKey: true,
});

describe('a read pool', () => {
  let postgres: Postgres;
  let admin: pg.Pool;
  let url: string;
  let pool: ReadPool;
  beforeAll(async () => {
    postgres = await startPostgres();
    const urls = await provisionDatabase(postgres.adminUrl, 'things', () => 'test');
    url = urls.service;
    admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'things'), max: 1 });
    admin.on('error', () => undefined);
    await admin.query(`
      CREATE TABLE thing AS SELECT 't-' || n AS id, n AS number, timestamptz '2026-01-01' + n * interval '1 day' AS at,
             CASE WHEN n % 10 <> 0 THEN '${BODY}' END AS body FROM generate_series(1, ${ROWS}) n;
      CREATE SEQUENCE counter; GRANT SELECT ON thing, counter TO things_service`);
    pool = await createReadPool(url, { max: 4 });
  });
  afterAll(async () => {
    await pool?.end();
    await admin?.end();
    await postgres?.stop();
  });

  /** Runs a test with a pool whose statements {@link UNDER_LOCK} wait until it unlocks. Whatever it does, no lock stays. */
  async function withLock(test: (patient: ReadPool, unlock: () => Promise<unknown>) => Promise<void>) {
    const unlock = () => admin.query('SELECT pg_advisory_unlock_all()');
    const patient = await createReadPool(url, { max: 4, ...PATIENT });
    try {
      await admin.query('SELECT pg_advisory_lock(1)');
      await test(patient, unlock);
    } finally {
      await unlock();
      await patient.end();
    }
  }

  it('leaves no connection behind whose first statement gets no answer', async () => {
    const between = await startStalling(new URL(url));
    const stalled = await createReadPool(between.url, { max: 1 });
    between.stalls = true;
    await expect(stalled.query('SELECT 1')).rejects.toThrow();
    between.stalls = false;
    const answers = () =>
      stalled.query('SELECT 1').then(
        ({ rows }) => rows.length === 1,
        () => false,
      );
    await waitUntil(answers);
    await waitUntil(() => between.connections === 1);
    await stalled.end();
    await between.stop();
  });

  it('returns typed values, and a body as the stored bytes', async () => {
    const [[row] = []] = await pool.run<Row>([rowById(7)]);
    expect(row).toEqual({
      id: 't-7',
      number: 7,
      at: new Date('2026-01-08T00:00:00Z'),
      body: Buffer.from(BODY),
    });
    const [[without] = []] = await pool.run<Row>([rowById(10)]);
    expect(without?.body).toBeNull();
    expect(await pool.run<Row>([rowById(1_000)])).toEqual([[]]);
  });

  it('runs many requests at once and returns to each its own rows', async () => {
    const asked = Array.from({ length: 500 }, (_, at) => (at % ROWS) + 1);
    const found = await Promise.all(
      asked.map((id) => pool.run<Row>([rowById(id), rowById((id % ROWS) + 1)])),
    );
    expect(found.map(([first, second]) => [first?.[0]?.number, second?.[0]?.number])).toEqual(
      asked.map((id) => [id, (id % ROWS) + 1]),
    );
  });

  it('runs the statements of one call in one transaction, and two calls in two', async () => {
    const transaction = {
      text: "SELECT now()::text AS id, set_config('app.tenant', $1, true)",
      values: ['a'],
    };
    const setting = {
      text: "SELECT now()::text AS id, current_setting('app.tenant', true) AS body",
      values: [],
    };
    const [[first] = [], [second] = []] = await pool.run<Row>([transaction, setting].map(byKey));
    expect([first?.id, String(second?.body)]).toEqual([second?.id, 'a']);
    const [[next] = []] = await pool.run<Row>([byKey(setting)]);
    expect(String(next?.body ?? '')).toBe('');
  });

  it('fails only the batch with the error, even before its statement was described', async () => {
    const failing = (id: number) => ({
      ...rowById(id),
      text: 'SELECT id, 1 / (number - number) FROM thing WHERE id = $1',
    });
    const asked = Array.from({ length: 300 }, (_, at) => at);
    const settled = await Promise.allSettled(
      asked.map((at) => {
        const id = (at % ROWS) + 1;
        const name = `row-${at % 20}`;
        return pool.run<Row>([
          at % 11 === 0 ? { ...failing(id), name: `failing-${at}` } : { ...rowById(id), name },
        ]);
      }),
    );
    for (const [at, result] of settled.entries()) {
      if (at % 11 === 0) expect(result).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
      else expect(result).toMatchObject({ status: 'fulfilled', value: [[{ number: (at % ROWS) + 1 }]] });
    }
  });

  it('reads and never writes', async () => {
    await expect(pool.query("SELECT nextval('counter')")).rejects.toThrow(/read-only|permission/);
    await expect(pool.query('DELETE FROM thing')).rejects.toThrow(/read-only|permission/);
  });

  it('never lets a read by key wait for a search', () =>
    withLock(async (patient, unlock) => {
      let ended = 0;
      // One for each connection that searches may use.
      const searches = ['one', 'one', 'another'].map(async (share) => {
        await patient.run([underLock(share)]);
        ended += 1;
      });
      await patient.run([rowById(1)]);
      expect(ended).toBe(0);
      await unlock();
      await Promise.all(searches);
    }));

  it('leaves a connection to other shares while one has slow searches, and lets that one have the rest', () =>
    withLock(async (patient, unlock) => {
      let ended = 0;
      const slow = Array.from({ length: 6 }, async () => {
        await patient.run([underLock('slow')]);
        ended += 1;
      });
      // Two of the three that searches may use.
      await waitUntil(async () => (await admin.query(WAITS_FOR_LOCK)).rowCount === 2);
      expect(patient.counts.waitingCount).toBe(4);
      for (let at = 0; at < 5; at += 1) await patient.run([{ text: 'SELECT 1', values: [], share: 'other' }]);
      expect([ended, (await admin.query(WAITS_FOR_LOCK)).rowCount]).toEqual([0, 2]);
      await unlock();
      await Promise.all(slow);
      expect([ended, patient.counts.waitingCount]).toEqual([6, 0]);
    }));

  it('lets shares take turns that wait for the same connection', async () => {
    const narrow = await createReadPool(url, { max: 1, ...PATIENT });
    const order: string[] = [];
    const search = async (share: string) => {
      await narrow.run([underLock(share)]);
      order.push(share);
    };
    try {
      await admin.query('SELECT pg_advisory_lock(1)');
      const searches = ['many', 'many', 'many', 'many', 'one'].map(search);
      await waitUntil(async () => (await admin.query(WAITS_FOR_LOCK)).rowCount === 1);
      await admin.query('SELECT pg_advisory_unlock_all()');
      await Promise.all(searches);
    } finally {
      await admin.query('SELECT pg_advisory_unlock_all()');
      await narrow.end();
    }
    expect(order).toEqual(['many', 'many', 'one', 'many', 'many']);
  });

  it('limits how many requests wait and for how long (case P05)', async () => {
    const narrow = await createReadPool(url, { max: 1, statementTimeoutMs: 30_000 });
    await admin.query('SELECT pg_advisory_lock(1)');
    const order: string[] = [];
    // This opens the connection, so that the next request gets it at once.
    await narrow.query('SELECT 1');
    const had = narrow.query(UNDER_LOCK);
    const many = Array.from({ length: 600 }, (_, at) =>
      narrow.query('SELECT 1').catch((error: Error) => order.push(`${at}: ${error.message}`)),
    );
    // No request waits until the one that has the connection is done.
    await Promise.all(many);
    expect(order).toHaveLength(600);
    // A request for which the queue had no room was refused before those in the queue.
    expect(order[0]).toBe('512: timeout: no connection to the database was free');
    await admin.query('SELECT pg_advisory_unlock_all()');
    await had;
    await narrow.end();
  });

  it('asks a server that has no connection left again after a pause, and says so to who waited in vain', async () => {
    const between = await startStalling(new URL(url));
    const crowded = await createReadPool(between.url, { max: 4, statementTimeoutMs: 30_000 });
    const allow = (connections: number) =>
      admin.query(`ALTER ROLE things_service CONNECTION LIMIT ${connections}`);
    const reads = () => crowded.query('SELECT 1').then(Boolean, () => false);
    try {
      await admin.query('SELECT pg_advisory_lock(1)');
      const busy = crowded.query(UNDER_LOCK);
      await waitUntil(async () => ((await admin.query(WAITS_FOR_LOCK)).rowCount ?? 0) > 0);
      await allow(0);
      const before = between.opened;
      await expect(crowded.query('SELECT 1')).rejects.toThrow('another one was refused (53300)');
      expect(between.opened - before).toBeLessThan(10);
      await allow(-1);
      await waitUntil(reads);
      await admin.query('SELECT pg_advisory_unlock_all()');
      await busy;
    } finally {
      await allow(-1);
      await admin.query('SELECT pg_advisory_unlock_all()');
      await crowded.end();
      await between.stop();
    }
  });

  it('does not refuse a request that waited while the process stood still', async () => {
    const narrow = await createReadPool(url, { max: 1 });
    await narrow.query('SELECT 1');
    const slow = narrow.query('SELECT pg_sleep(0.2)');
    const waiting = narrow.query<Row>('SELECT number FROM thing WHERE number = 6');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const until = performance.now() + 2_000;
    while (performance.now() < until);
    expect((await waiting).rows).toMatchObject([{ number: 6 }]);
    await slow;
    await narrow.end();
  });

  it('cancels a statement that takes too long, and goes on', async () => {
    await expect(pool.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    expect(await pool.run<Row>([rowById(3)])).toMatchObject([[{ number: 3 }]]);
  });

  it('fails requests whose connections are cut, and opens new connections', () =>
    withLock(async (patient, unlock) => {
      await patient.run([rowById(1)]);
      const under = Array.from({ length: 20 }, () => patient.query(UNDER_LOCK).catch(() => 'failed'));
      await waitUntil(async () => ((await admin.query(WAITS_FOR_LOCK)).rowCount ?? 0) > 0);
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'things_service'",
      );
      expect(await Promise.all(under.slice(0, 1))).toEqual(['failed']);
      await unlock();
      const read = () => patient.run<Row>([rowById(4)]);
      expect(await read().catch(read)).toMatchObject([[{ number: 4 }]]);
      await Promise.all(under);
    }));

  it('answers open requests before it ends, and refuses new ones', async () => {
    const ending = await createReadPool(url, { max: 2 });
    await ending.query('SELECT 1');
    const under = ending.query<Row>('SELECT number, pg_sleep(0.2)::text FROM thing WHERE number = 5');
    await ending.end();
    expect((await under).rows).toMatchObject([{ number: 5 }]);
    await expect(ending.run([rowById(1)])).rejects.toThrow('closed');
  });

  it('refuses a role to which row-level security does not apply', async () => {
    await expect(createReadPool(postgres.adminUrl, { max: 1 })).rejects.toThrow('row-level security');
  });
});

const underLock = (share: string) => ({ text: UNDER_LOCK, values: [], share });
const byKey = <Statement extends object>(statement: Statement) => ({ ...statement, byKey: true });
