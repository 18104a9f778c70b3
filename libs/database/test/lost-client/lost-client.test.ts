/** Each session says when its other end counts as gone (ADR 144), and a pool notices when Postgres is gone (ADR 106). */
import { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Postgres, startPostgres } from '@patient-access/testing';
import {
  applyMigrations,
  connectOnce,
  createPool,
  createReadPool,
  type DatabaseUrls,
  provisionDatabase,
} from '../../src/index.ts';
import { migrations } from '../world.ts';

const NAMES = ['tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout'];
const ASK = `SELECT ${NAMES.map((name) => `current_setting('${name}') AS ${name}`).join(', ')}`;
const SAID = [
  {
    tcp_keepalives_idle: '10',
    tcp_keepalives_interval: '5',
    tcp_keepalives_count: '3',
    tcp_user_timeout: '25000',
  },
];

describe('a session says after which silence its other end is gone', () => {
  let postgres: Postgres;
  let urls: DatabaseUrls;
  beforeAll(async () => {
    postgres = await startPostgres();
    urls = await provisionDatabase(postgres.adminUrl, 'claims', () => 'test');
  });
  afterAll(() => postgres.stop());

  test.each([
    ['', {}],
    [', whose requests share statements', { sharesStatements: true }],
    [', which keeps plans', { keepsPlans: true }],
  ])('of a pool%s', async (_, options) => {
    const pool = await createPool(urls.service, { max: 1, ...options });
    // In and after a transaction: those that hold locks stay open.
    await pool.query('BEGIN');
    expect((await pool.query(ASK)).rows).toEqual(SAID);
    await pool.query('ROLLBACK');
    expect((await pool.query(ASK)).rows).toEqual(SAID);
    await pool.end();
  });

  test('of a pool for reads', async () => {
    const pool = await createReadPool(urls.service, { max: 1 });
    expect((await pool.query(ASK)).rows).toEqual(SAID);
    await pool.end();
  });

  test('of a command, and of a migration', async () => {
    const client = await connectOnce(urls.owner);
    const said = `CREATE TABLE said AS ${ASK}`;
    const files = await migrations({ '20260101000000_said': said });
    await applyMigrations(urls.owner, files.directory);
    expect((await client.query(ASK)).rows).toEqual(SAID);
    expect((await client.query('SELECT * FROM said')).rows).toEqual(SAID);
    await Promise.all([client.end(), files.remove()]);
  });

  test('and a pool has the kernel ask a Postgres that says nothing for ten seconds', async () => {
    const asked = jest.spyOn(Socket.prototype, 'setKeepAlive');
    const pool = await createPool(urls.service, { max: 1 });
    expect(asked.mock.calls).toEqual([[true, 10_000]]);
    const reads = await createReadPool(urls.service, { max: 1 });
    asked.mockClear();
    await reads.query('SELECT 1');
    expect(asked.mock.calls).toEqual([[true, 10_000]]);
    asked.mockRestore();
    await Promise.all([pool.end(), reads.end()]);
  });
});
