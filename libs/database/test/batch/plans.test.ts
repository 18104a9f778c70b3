import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type Postgres } from '@patient-access/testing';
import pg from 'pg';
import {
  type BatchStatement,
  createPool,
  findInBatch,
  inTransaction,
  type Pool,
  provisionDatabase,
} from '../../src/index.ts';

const FIND: BatchStatement = {
  name: 'fruit-find',
  text: `SELECT k.n, f.colour, current_setting('statement_timeout') AS deadline
           FROM unnest($1::text[]) WITH ORDINALITY AS k (name, n) JOIN fruit f USING (name)`,
};
interface Row {
  colour: string;
  deadline: string;
}

/** With one connection, so that what it has prepared can be looked at. */
describe('a shared statement', () => {
  let postgres: Postgres;
  let owner: pg.Client;
  let pool: Pool;
  let url: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    const urls = await provisionDatabase(postgres.adminUrl, 'claims', () => 'test');
    owner = new pg.Client({ connectionString: urls.owner });
    await owner.connect();
    await owner.query(`CREATE TABLE fruit (name text PRIMARY KEY, colour text NOT NULL)`);
    await owner.query(`GRANT SELECT ON fruit TO claims_service`);
    await owner.query(`INSERT INTO fruit VALUES ('kiwi', 'green'), ('plum', 'blue')`);
    await owner.query('ANALYZE fruit');
    url = urls.service;
    pool = await createPool(url, { max: 1, statementTimeoutMs: 1_234, sharesStatements: true });
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await owner?.end();
    await postgres?.stop();
  });

  const find = (name: string, through = pool) => findInBatch<Row>(through, FIND, [name]);
  const planned = async () =>
    (
      await pool.query<Record<'once' | 'each', string>>(
        `SELECT generic_plans AS once, custom_plans AS each FROM pg_prepared_statements WHERE name = 'fruit-find'`,
      )
    ).rows[0];

  it('is planned once, and not for the values of each call', async () => {
    for (let call = 0; call < 8; call += 1)
      expect(await find('kiwi')).toMatchObject({ colour: 'green', deadline: '1234ms' });
    expect(await planned()).toEqual({ once: '8', each: '0' });
  });

  it('is planned as others are by a pool that is not for such statements, which prepares nothing for them', async () => {
    const other = await createPool(url, { max: 1, statementTimeoutMs: 1_234 });
    expect(await find('kiwi', other)).toMatchObject({ colour: 'green', deadline: '1234ms' });
    const { rows } = await other.query<{ name: string }>(
      'SELECT name FROM pg_prepared_statements ORDER BY name',
    );
    expect(rows.map(({ name }) => name)).toEqual(['first-look', 'fruit-find', 'transaction-settings']);
    // It read the small table whole. Another test counts such readings, and this one must not be counted late.
    await other.query('SELECT pg_stat_force_next_flush()');
    await other.end();
  });

  it('leaves the planner as it was for other statements', async () => {
    const settings = `current_setting('plan_cache_mode') AS cache, current_setting('enable_seqscan') AS scan`;
    await find('kiwi');
    expect((await pool.query(`SELECT ${settings}`)).rows).toEqual([{ cache: 'auto', scan: 'on' }]);
  });

  it('finds each row by its index when the table has grown since it was planned', async () => {
    await find('plum');
    const pages = `SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'fruit'`;
    await owner.query('SELECT pg_stat_clear_snapshot()');
    const [before] = (await owner.query(pages)).rows;
    await owner.query(`INSERT INTO fruit SELECT 'fruit ' || n, 'red' FROM generate_series(1, 20000) n`);
    expect(await find('fruit 19999')).toMatchObject({ colour: 'red' });
    await pool.query('SELECT pg_stat_force_next_flush()');
    await owner.query('SELECT pg_stat_clear_snapshot()');
    expect((await owner.query(pages)).rows).toEqual([before]);
  });

  it('is no exception in a pool that keeps all plans, which names each statement by its text', async () => {
    const keeping = await createPool(url, { max: 1, statementTimeoutMs: 1_234, keepsPlans: true });
    const text = 'SELECT colour FROM fruit WHERE name = ANY ($1)';
    for (let call = 0; call < 8; call += 1)
      await inTransaction(keeping, async (client) => {
        const deadline = `SELECT current_setting('statement_timeout') AS deadline WHERE $1`;
        expect((await client.query(deadline, [true])).rows).toEqual([{ deadline: '1234ms' }]);
        expect((await client.query(text, [['kiwi']])).rows).toEqual([{ colour: 'green' }]);
      });
    const { rows } = await keeping.query(
      'SELECT generic_plans AS once, custom_plans AS each FROM pg_prepared_statements WHERE statement = $1',
      [text],
    );
    expect(rows).toEqual([{ once: '8', each: '0' }]);
    await keeping.end();
  });
});
