/** Connections on which requests do not wait for one another: what each gets, and what a failure costs the others. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import { createReadPool, provisionDatabase, type ReadPool } from '../../src/index.ts';

const ROWS = 50;
const BODY = `{"text":"${'ä€😀'.repeat(2_000)}"}`;

interface Row {
  id: string;
  number: number;
  at: Date;
  body: Buffer | null;
}

const rowById = (id: number) => ({
  name: 'row',
  text: 'SELECT id, number, at, body FROM thing WHERE id = $1',
  values: [`t-${id}`],
  byKey: true,
});

describe('a pool for reading', () => {
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

  it('gives values as they are, and a body as the bytes that are stored', async () => {
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

  it('takes many at once, and gives each its own', async () => {
    const asked = Array.from({ length: 500 }, (_, at) => (at % ROWS) + 1);
    const found = await Promise.all(
      asked.map((id) => pool.run<Row>([rowById(id), rowById((id % ROWS) + 1)])),
    );
    expect(found.map(([first, second]) => [first?.[0]?.number, second?.[0]?.number])).toEqual(
      asked.map((id) => [id, (id % ROWS) + 1]),
    );
  });

  it('makes what is run together one transaction, and of two two', async () => {
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

  it('lets a failure fail nobody else, also before its statement has been described', async () => {
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

  it('reads, and writes nothing', async () => {
    await expect(pool.query("SELECT nextval('counter')")).rejects.toThrow(/read-only|permission/);
    await expect(pool.query('DELETE FROM thing')).rejects.toThrow(/read-only|permission/);
  });

  it('keeps nobody who reads by key waiting for a search', async () => {
    // As many as there are connections for searches.
    const searches = Array.from({ length: 3 }, () => pool.query('SELECT pg_sleep(1.2)'));
    const startedAt = performance.now();
    await pool.run([rowById(1)]);
    const took = performance.now() - startedAt;
    await Promise.all(searches);
    expect(took).toBeLessThan(1_000);
  });

  it('lets so many wait and no more, and none for long (case P05)', async () => {
    const narrow = await createReadPool(url, { max: 1 });
    const order: string[] = [];
    // So that the next one has the connection at once.
    await narrow.query('SELECT 1');
    const slow = narrow.query('SELECT pg_sleep(1.4)').then(() => order.push('had it'));
    const many = Array.from({ length: 600 }, (_, at) =>
      narrow.query('SELECT 1').catch((error: Error) => order.push(`${at}: ${error.message}`)),
    );
    await Promise.all([slow, ...many]);
    // The one that had the connection was answered last: nobody waited for it.
    expect([order.length, order.at(-1)]).toEqual([601, 'had it']);
    // Who found no room was told so before who waited.
    expect(order[0]).toBe('512: timeout: no connection to the database was free');
    await narrow.end();
  });

  it('gives up what takes too long, and goes on', async () => {
    await expect(pool.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    expect(await pool.run<Row>([rowById(3)])).toMatchObject([[{ number: 3 }]]);
  });

  it('says so when its connections are cut, and opens others', async () => {
    await pool.run([rowById(1)]);
    const under = Array.from({ length: 20 }, () => pool.query('SELECT pg_sleep(1)').catch(() => 'failed'));
    await admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'things_service'",
    );
    expect(await Promise.all(under.slice(0, 1))).toEqual(['failed']);
    expect(await pool.run<Row>([rowById(4)]).catch(() => pool.run<Row>([rowById(4)]))).toMatchObject([
      [{ number: 4 }],
    ]);
    await Promise.all(under);
  });

  it('answers what is under way before it ends, and nothing after', async () => {
    const ending = await createReadPool(url, { max: 2 });
    await ending.query('SELECT 1');
    const under = ending.query<Row>('SELECT number, pg_sleep(0.2)::text FROM thing WHERE number = 5');
    await ending.end();
    expect((await under).rows).toMatchObject([{ number: 5 }]);
    await expect(ending.run([rowById(1)])).rejects.toThrow('closed');
  });

  it('refuses a role that row-level security does not bind', async () => {
    await expect(createReadPool(postgres.adminUrl, { max: 1 })).rejects.toThrow('row-level security');
  });
});

const byKey = <Statement extends object>(statement: Statement) => ({ ...statement, byKey: true });
