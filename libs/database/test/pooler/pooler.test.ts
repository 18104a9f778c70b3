/** PgBouncer in transaction mode, whose two connections to Postgres are shared by all that connect. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  canRunPooler,
  type Pooler,
  type Postgres,
  startPooler,
  startPostgres,
  waitUntil,
} from '@patient-access/testing';
import pg from 'pg';
import {
  COMMAND,
  createPool,
  createReadPool,
  databasePlace,
  inOneView,
  inTransaction,
  type Pool,
  provisionDatabase,
  type ReadPool,
  whyDatabaseIsAway,
} from '../../src/index.ts';

const CANCELED = { code: '57014' };
const READ_ONLY = { code: '25006' };
const PID = { text: 'SELECT pg_backend_pid() AS pid', values: [] };
/** Of a statement. Many that come at once wait for their turn as long as a busy machine needs. */
const DEADLINE = { statementTimeoutMs: 300, connectTimeoutMs: COMMAND.connectTimeoutMs };

interface Asked {
  query(text: string): Promise<{ rows: unknown[] }>;
}

(canRunPooler() ? describe : describe.skip)('behind a pooler', () => {
  let postgres: Postgres;
  let pooler: Pooler;
  let direct: string;
  let url: string;
  let pool: Pool;
  let auditor: Pool;
  let reads: ReadPool;
  beforeAll(async () => {
    postgres = await startPostgres();
    const urls = await provisionDatabase(postgres.adminUrl, 'things', () => 'test');
    direct = urls.service;
    const owner = new pg.Client({ connectionString: urls.owner });
    await owner.connect();
    await owner.query(
      'CREATE TABLE thing (id int PRIMARY KEY); GRANT SELECT, INSERT ON thing TO things_service',
    );
    await owner.end();
    pooler = await startPooler([direct], { size: 2 });
    url = pooler.through(direct);
    pool = await createPool(url, { max: 4, byIndex: true, ...DEADLINE });
    auditor = await createPool(url, { max: 4, readOnly: true });
    reads = await createReadPool(url, { max: 8, ...DEADLINE });
  });
  afterAll(async () => {
    await Promise.all([pool?.end(), auditor?.end(), reads?.end()]);
    await pooler?.stop();
    await postgres?.stop();
  });

  it('the server ends every statement that takes too long', async () => {
    const sleep = 'SELECT pg_sleep(60)';
    await expect(pool.query(sleep)).rejects.toMatchObject(CANCELED);
    await expect(pool.query('SELECT pg_sleep($1)', [60])).rejects.toMatchObject(CANCELED);
    await expect(inTransaction(pool, (client) => client.query(sleep))).rejects.toMatchObject(CANCELED);
    const second = async (client: pg.PoolClient) => {
      await client.query('SELECT 1');
      await client.query(sleep);
    };
    await expect(inTransaction(pool, second)).rejects.toMatchObject(CANCELED);
    await expect(reads.query(sleep)).rejects.toMatchObject(CANCELED);
  });

  it('no statement is compiled, as that takes longer than any of them', async () => {
    const jit = "SELECT current_setting('jit') AS jit";
    const pools: readonly Asked[] = [pool, auditor, reads];
    for (const each of pools) expect((await each.query(jit)).rows).toEqual([{ jit: 'off' }]);
    await inTransaction(pool, async (client) =>
      expect((await client.query(jit)).rows).toEqual([{ jit: 'off' }]),
    );
  });

  it('who reads never writes', async () => {
    const insert = 'INSERT INTO thing VALUES (1)';
    await expect(auditor.query(insert)).rejects.toMatchObject(READ_ONLY);
    await expect(inTransaction(auditor, (client) => client.query(insert))).rejects.toMatchObject(READ_ONLY);
    await expect(reads.query(insert)).rejects.toMatchObject(READ_ONLY);
    await expect(reads.query('SET TRANSACTION READ WRITE')).rejects.toThrow();
    expect((await pool.query('SELECT FROM thing')).rowCount).toBe(0);
  });

  it('no transaction leaves anything for the next client', async () => {
    const settings = `SELECT current_setting('statement_timeout') AS t, current_setting('enable_seqscan') AS s,
                             current_setting('transaction_read_only') AS r`;
    const ask = async (of: Asked) => (await of.query(settings)).rows[0];
    const asked = Array.from({ length: 60 }, (_, at) => ask([pool, auditor, reads][at % 3] as Asked));
    const own = [
      { t: '300ms', s: 'off', r: 'off' },
      { t: '1500ms', s: 'on', r: 'on' },
      { t: '300ms', s: 'on', r: 'on' },
    ];
    expect(await Promise.all(asked)).toEqual(asked.map((_, at) => own[at % 3]));
    const plain = new pg.Pool({ connectionString: url, max: 4 });
    const bare = await Promise.all([1, 2, 3, 4].map(() => plain.query(settings)));
    expect(bare.map(({ rows }) => rows)).toEqual(Array(4).fill([{ t: '0', s: 'on', r: 'off' }]));
    await plain.end();
  });

  it('a batch stays on one connection, however many come at once', async () => {
    const used = new Set<number | undefined>();
    const runMany = async () => {
      const batches = Array.from({ length: 200 }, (_, at) =>
        reads.run<{ pid: number }>(
          [1, 2, 3].map(() => ({ ...PID, name: `pid-${at % 7}`, byKey: at % 2 === 0 })),
        ),
      );
      const pids = (await Promise.all(batches)).map((batch) => batch.map(([row]) => row?.pid));
      expect(pids.filter(([first, ...others]) => others.some((other) => other !== first))).toEqual([]);
      for (const pid of pids.flat()) used.add(pid);
    };
    // The pooler has two connections. All batches may have their answers before it has opened the second one.
    await waitUntil(async () => {
      await runMany();
      return used.size === 2;
    });
    expect(used.size).toBe(2);
  });

  it('named statements are shared, and a failure harms nobody else', async () => {
    const asked = Array.from({ length: 100 }, (_, at) =>
      at % 10 === 0
        ? pool.query({ name: `fails-${at}`, text: 'SELECT 1 / $1::int AS n', values: [0] }).catch(() => [])
        : pool.query({ name: `adds-${at % 3}`, text: `SELECT ${at % 3} + $1::int AS n`, values: [at] }),
    );
    const sums = (await Promise.all(asked)).map((each) => ('rows' in each ? each.rows : each));
    expect(sums).toEqual(asked.map((_, at) => (at % 10 === 0 ? [] : [{ n: at + (at % 3) }])));
  });

  it('transactions say their isolation first, and read through a cursor', async () => {
    const isolation = await inTransaction(pool, async (client) => {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      return client.query("SELECT current_setting('transaction_isolation') AS level");
    });
    expect(isolation.rows).toEqual([{ level: 'repeatable read' }]);
    const numbers: object[] = [];
    const statements = [{ text: 'SELECT n FROM generate_series(1, $1::int) n', values: [1_500] }];
    for await (const { rows } of inOneView(pool, statements)) numbers.push(...rows);
    expect(numbers).toHaveLength(1_500);
  });

  it('a database is at the place where it is without one', async () => {
    const without = await createPool(direct, { max: 1 });
    expect(await databasePlace(pool, 'public.thing')).toBe(await databasePlace(without, 'public.thing'));
    await without.end();
  });

  it('a wrong password is no database that is away: whoever starts does not wait for it', async () => {
    expect(await whyDatabaseIsAway(url)).toBeUndefined();
    await expect(whyDatabaseIsAway(url.replace(':test@', ':other@'))).rejects.toThrow(
      'authentication failed',
    );
  });

  it('who listens is refused, and a pooler that keeps no prepared statements', async () => {
    await expect(createPool(url, { max: 1, listens: true })).rejects.toThrow('name Postgres itself');
    await (await createPool(direct, { max: 1, listens: true })).end();
    const forgetful = await startPooler([direct], { size: 1, statements: 0 });
    const through = forgetful.through(direct);
    for (const _ of [1, 2])
      await expect(createPool(through, { max: 1 })).rejects.toThrow('max_prepared_statements');
    await forgetful.stop();
  });
});
