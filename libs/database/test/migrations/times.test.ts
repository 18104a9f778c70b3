/** Operators and providers set times for sessions and statements: for a role, a database or the server. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import { applyMigrations, type DatabaseUrls, provisionDatabase } from '../../src/index.ts';
import { migrations } from '../world.ts';

const TIMES = [
  'statement_timeout',
  'lock_timeout',
  'idle_session_timeout',
  'idle_in_transaction_session_timeout',
];

describe('times that an operator has set for a database', () => {
  let postgres: Postgres;
  let urls: DatabaseUrls;
  let admin: pg.Client;
  beforeAll(async () => {
    postgres = await startPostgres();
    urls = await provisionDatabase(postgres.adminUrl, 'claims', () => 'test');
    admin = new pg.Client({ connectionString: postgres.adminUrl });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await postgres.stop();
  });

  const set = (name: string, time: string) => admin.query(`ALTER DATABASE claims SET ${name} = '${time}'`);

  it('do not hold for a migration, whose index may take hours', async () => {
    for (const name of TIMES) await set(name, '10min');
    const files = await migrations({
      '20260101000000_times': `CREATE TABLE times AS SELECT name, setting FROM pg_settings
                                WHERE name LIKE '%timeout' AND setting = '600000'`,
    });
    await applyMigrations(urls.owner, files.directory);
    const owner = new pg.Client({ connectionString: urls.owner });
    await owner.connect();
    expect((await owner.query('SELECT * FROM times')).rows).toEqual([]);
    await Promise.all([owner.end(), files.remove()]);
  });

  it('do not end the session that has the lock of the run', async () => {
    await set('idle_session_timeout', '2s');
    const files = await migrations({ '20260102000000_slow': 'SELECT pg_sleep(4)' });
    expect(await applyMigrations(urls.owner, files.directory)).toEqual(['20260102000000_slow']);
    await files.remove();
  });
});
