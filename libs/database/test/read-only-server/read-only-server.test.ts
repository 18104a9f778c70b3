/** Connections to a server that takes no writes: whoever takes them again is asked by new ones. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunPooler, type Postgres, startPooler, startPostgres, waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { createPool, createReadPool, inTransaction, provisionDatabase } from '../../src/index.ts';
import { startSilenced } from '../silent-server/silenced.ts';

const SESSION = `SELECT pg_backend_pid() AS pid, current_setting('default_transaction_read_only') AS "readOnly"`;
const INSERT = 'INSERT INTO thing VALUES (1)';

interface Session {
  pid: number;
  readOnly: string;
}

interface Asked {
  query(text: string): Promise<{ rows: Session[] }>;
  end(): Promise<void>;
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
    // On a busy machine their two seconds may pass meanwhile.
    const [asked, few] = [40, 5];
    for (const open of [createPool, createReadPool]) {
      const pool: Asked = await open(url, { max: 1 });
      const pids = new Set<number | undefined>();
      for (let at = 0; at < asked; at += 1) pids.add((await pool.query(SESSION)).rows[0]?.pid);
      expect(pids.size).toBeLessThanOrEqual(few);
      await pool.end();
    }
  });

  it('is asked nothing more by connections that were idle meanwhile', async () => {
    await forbidWrites();
    const max = 4;
    const pool = await createPool(url, { max });
    const all = () => Promise.all(Array.from({ length: max }, () => pool.query('SELECT pg_sleep(0.1)')));
    await all();
    expect(pool.idleCount).toBe(max);
    await allowWrites();
    await sleep(2_100);
    const next = Array.from({ length: max }, async () => (await pool.query<Session>(SESSION)).rows[0]);
    expect((await Promise.all(next)).map((session) => session?.readOnly)).toEqual(Array(max).fill('off'));
    await pool.end();
  });

  it('may be silent when a connection for reading is left', async () => {
    await forbidWrites();
    const way = await startSilenced(new URL(url));
    const reads = await createReadPool(way.url, { max: 1 });
    await reads.query(SESSION);
    await allowWrites();
    await sleep(2_100);
    way.silence();
    expect((await reads.query<Session>(SESSION)).rows[0]?.readOnly).toBe('off');
    await reads.end();
    await way.stop();
  });

  const behindPooler = canRunPooler() ? it : it.skip;
  behindPooler.each([createPool, createReadPool])(
    'is no reason to leave a pooler: %p',
    async (open) => {
      await forbidWrites();
      const pooler = await startPooler([url], { size: 1 });
      const way = await startSilenced(new URL(pooler.through(url)));
      let pool: Asked | undefined;
      try {
        pool = await open(way.url, { max: 1 });
        await pool.query(SESSION);
        await allowWrites();
        await sleep(2_100);
        way.silence();
        // So it is the connection from before.
        await expect(pool.query(SESSION)).rejects.toThrow();
      } finally {
        await way.stop();
        await pool?.end();
        await pooler.stop();
      }
    },
    30_000,
  );

  it('keeps the connections to a server that takes writes', async () => {
    const reads = await createReadPool(url, { max: 1 });
    const pid = async () => (await reads.query<Session>(SESSION)).rows[0]?.pid;
    const first = await pid();
    await sleep(2_500);
    expect(await pid()).toBe(first);
    await reads.end();
  });

  it('is seen on a connection that was there before', async () => {
    const reads = await createReadPool(url, { max: 1 });
    const session = async () => (await reads.query<Session>(SESSION)).rows[0];
    const first = await session();
    const readOnly = async () => (await admin.query<Session>(SESSION)).rows[0]?.readOnly;
    await admin.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await admin.query('SELECT pg_reload_conf()');
    try {
      await waitUntil(async () => (await session())?.pid !== first?.pid, LEFT);
    } finally {
      await admin.query('ALTER SYSTEM RESET default_transaction_read_only');
      await admin.query('SELECT pg_reload_conf()');
      // A session takes the settings a moment after it has asked for them to be read again.
      await waitUntil(async () => (await readOnly()) === 'off', LEFT);
    }
    await reads.end();
  });
});
