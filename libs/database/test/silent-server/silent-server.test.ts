/** A failover from a host that fell silent: one request learns of it by its deadline, and not one for each connection. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Postgres, startPostgres, waitUntil } from '@patient-access/testing';
import {
  createPool,
  createReadPool,
  createWriter,
  inTransaction,
  noticeSilence,
  provisionDatabase,
} from '../../src/index.ts';
import { startSilenced } from './silenced.ts';

const SLEEP = 'SELECT pg_sleep(0.2)';
const SILENT = 'Query read timeout';

describe('when the server of open connections says nothing', () => {
  let postgres: Postgres;
  let way: Awaited<ReturnType<typeof startSilenced>>;
  beforeAll(async () => {
    postgres = await startPostgres();
    const { service } = await provisionDatabase(postgres.adminUrl, 'things', () => 'test');
    way = await startSilenced(new URL(service));
  });
  afterAll(async () => {
    await way?.stop();
    await postgres?.stop();
  });

  const work = { 'a statement': false, 'a transaction': true };
  it.each(Object.entries(work))('%s that waits in vain is the only one of a pool', async (_what, isOne) => {
    const pool = await createPool(way.url, { max: 5 });
    const ask = (): Promise<unknown> =>
      isOne ? inTransaction(pool, (client) => client.query('SELECT 1')) : pool.query('SELECT 1');
    await Promise.all(Array.from({ length: 5 }, () => pool.query(SLEEP)));
    expect(pool.idleCount).toBe(5);
    way.silence();
    await expect(ask()).rejects.toThrow(SILENT);
    await ask();
    await pool.end();
  });

  it('what waits in vain beside a pool is the only one, if the pool is told', async () => {
    const pool = await createPool(way.url, { max: 5 });
    const writer = createWriter(way.url, {});
    const write = () => writer.run({ text: 'SELECT 1', values: [] });
    await write();
    await Promise.all(Array.from({ length: 5 }, () => pool.query(SLEEP)));
    way.silence();
    const error: unknown = await write().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: SILENT });
    noticeSilence(pool, error);
    await pool.query('SELECT 1');
    await write();
    await Promise.all([pool.end(), writer.end()]);
  });

  it('what waits in vain in a pool is the only one, if what writes beside it is told', async () => {
    const pool = await createPool(way.url, { max: 1 });
    const writer = createWriter(way.url, {});
    const write = () => writer.run({ text: 'SELECT 1', values: [] });
    await write();
    way.silence();
    const error: unknown = await pool.query('SELECT 1').catch((reason: unknown) => reason);
    writer.noticeSilence(error);
    await write();
    await Promise.all([pool.end(), writer.end()]);
  });

  it('a batch that waits in vain is the only one of a pool for reading', async () => {
    const reads = await createReadPool(way.url, { max: 5 });
    await Promise.all(Array.from({ length: 4 }, () => reads.query(SLEEP)));
    await Promise.all(Array.from({ length: 4 }, () => reads.query(SLEEP)));
    // Some may still be opened.
    await waitUntil(() => reads.counts.idleCount > 2);
    way.silence();
    await expect(reads.query('SELECT 1')).rejects.toThrow(SILENT);
    await reads.query('SELECT 1');
    await reads.end();
  });
});
