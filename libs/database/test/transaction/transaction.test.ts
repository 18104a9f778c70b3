/** Transactions that Postgres breaks off, so that others go on. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adminUrl, type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import {
  createPool,
  inTransaction,
  inTransactionOnce,
  type Pool,
  provisionDatabase,
} from '../../src/index.ts';

const ADD_TO = (id: number) => `UPDATE thing SET n = n + 1 WHERE id = ${id}`;
const BREAK_OFF = "DO $$ BEGIN RAISE EXCEPTION 'broken off' USING ERRCODE = '40001'; END $$";

describe('a transaction that Postgres breaks off', () => {
  let postgres: Postgres;
  let admin: pg.Pool;
  let pool: Pool;
  beforeAll(async () => {
    postgres = await startPostgres();
    const { service } = await provisionDatabase(postgres.adminUrl, 'things', () => 'test');
    admin = new pg.Pool({ connectionString: adminUrl(postgres.port, 'things'), max: 2 });
    admin.on('error', () => undefined);
    await admin.query(`
      CREATE TABLE thing AS SELECT id, 0 AS n FROM generate_series(1, 2) id;
      GRANT SELECT, UPDATE ON thing TO things_service`);
    pool = await createPool(service, { max: 2, statementTimeoutMs: 30_000 });
  });
  afterAll(async () => {
    await pool?.end();
    await admin?.end();
    await postgres?.stop();
  });

  /** It has the one row and wants the other, while somebody else has that and wants the first. Postgres breaks it off of the two. */
  async function meet(run: typeof inTransaction) {
    await admin.query('UPDATE thing SET n = 0');
    const other = await admin.connect();
    await other.query(`BEGIN; SET LOCAL deadlock_timeout = '1min'; ${ADD_TO(2)}`);
    let runs = 0;
    let others: Promise<unknown> | undefined;
    const ended = run(pool, async (client) => {
      runs += 1;
      // The other one goes on after the first run. A busy machine could let the second one take the row before it.
      await others;
      await client.query(ADD_TO(1));
      others ??= other.query(`${ADD_TO(1)}; COMMIT`);
      await client.query(ADD_TO(2));
    });
    const outcome = await ended.then(
      () => 'stored',
      ({ code }: { code?: string }) => code,
    );
    await others;
    other.release();
    const { rows } = await admin.query<{ n: number }>('SELECT n FROM thing ORDER BY id');
    return { runs, outcome, stored: rows.map(({ n }) => n) };
  }

  it('runs again, and is stored once', async () => {
    expect(await meet(inTransaction)).toEqual({ runs: 2, outcome: 'stored', stored: [2, 2] });
  });

  it('does not run again where its work does something outside of it', async () => {
    expect(await meet(inTransactionOnce)).toEqual({ runs: 1, outcome: '40P01', stored: [1, 1] });
  });

  it('runs three times at most', async () => {
    let runs = 0;
    const ended = inTransaction(pool, (client) => {
      runs += 1;
      return client.query(BREAK_OFF);
    });
    await expect(ended).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(3);
  });
});
