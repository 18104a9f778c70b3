/** Connections to a server that takes no writes: whoever takes them again is asked by new ones. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Postgres, startPostgres, waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { createPool, createReadPool, inTransaction, provisionDatabase } from '../../src/index.ts';

const SESSION = `SELECT pg_backend_pid() AS pid, current_setting('default_transaction_read_only') AS "readOnly"`;
const INSERT = 'INSERT INTO thing VALUES (1)';

interface Session {
  pid: number;
  readOnly: string;
}

/** So soon everybody asks the primary, on a busy machine too. */
const LEFT = { withinMs: 10_000 };

describe('a role that may not write, and then again, in new sessions alone', () => {
  let postgres: Postgres;
  let url: string;
  let admin: pg.Client;
  beforeAll(async () => {
    postgres = await startPostgres();
    const urls = await provisionDatabase(postgres.adminUrl, 'things', () => 'test');
    url = urls.service;
    admin = new pg.Client({ connectionString: postgres.adminUrl.replace(/postgres$/, 'things') });
    await admin.connect();
    await admin.query('CREATE TABLE thing (id int); GRANT SELECT, INSERT ON thing TO things_service');
  });
  afterEach(() => allowWrites());
  afterAll(async () => {
    await admin?.end();
    await postgres?.stop();
  });

  const forbidWrites = () => admin.query('ALTER ROLE things_service SET default_transaction_read_only = on');
  const allowWrites = () => admin.query('ALTER ROLE things_service RESET default_transaction_read_only');

  it('writes again through a pool that is in use all the time', async () => {
    await forbidWrites();
    const pool = await createPool(url, { max: 1 });
    const write = () => inTransaction(pool, (client) => client.query(INSERT));
    await expect(write()).rejects.toMatchObject({ code: '25006' });
    await allowWrites();
    await waitUntil(
      () =>
        write().then(
          () => true,
          () => false,
        ),
      LEFT,
    );
    await pool.end();
  });

  it('reads through new connections of a pool that only reads', async () => {
    await forbidWrites();
    const reads = await createReadPool(url, { max: 2 });
    const session = async () => (await reads.query<Session>(SESSION)).rows[0];
    expect((await session())?.readOnly).toBe('on');
    await allowWrites();
    await waitUntil(async () => (await session())?.readOnly === 'off', LEFT);
    await reads.end();
  });

  it('uses a connection for a moment all the same, so that requests do not open one each', async () => {
    await forbidWrites();
    const pool = await createPool(url, { max: 1 });
    const reads = await createReadPool(url, { max: 1 });
    const ask = {
      pool: async () => (await pool.query<Session>(SESSION)).rows[0]?.pid,
      reads: async () => (await reads.query<Session>(SESSION)).rows[0]?.pid,
    };
    for (const pid of Object.values(ask))
      expect(new Set([await pid(), await pid(), await pid(), await pid()]).size).toBe(1);
    await Promise.all([pool.end(), reads.end()]);
  });

  it('keeps the connections to a server that takes writes', async () => {
    const reads = await createReadPool(url, { max: 1 });
    const pid = async () => (await reads.query<Session>(SESSION)).rows[0]?.pid;
    const first = await pid();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await pid()).toBe(first);
    await reads.end();
  });

  it('is seen on a connection that was there before', async () => {
    const reads = await createReadPool(url, { max: 1 });
    const session = async () => (await reads.query<Session>(SESSION)).rows[0];
    const first = await session();
    await admin.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await admin.query('SELECT pg_reload_conf()');
    try {
      await waitUntil(async () => (await session())?.pid !== first?.pid, LEFT);
    } finally {
      await admin.query('ALTER SYSTEM RESET default_transaction_read_only');
      await admin.query('SELECT pg_reload_conf()');
    }
    await reads.end();
  });
});
