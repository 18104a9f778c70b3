/** A database whose operators chose another form of dates: times are read as they were written. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import {
  applyMigrations,
  createPool,
  createReadPool,
  type DatabaseUrls,
  inTransaction,
  provisionDatabase,
} from '../../src/index.ts';
import { migrations } from '../world.ts';

const STYLES = ['German, DMY', 'SQL, DMY', 'SQL, MDY', 'Postgres, DMY'];
const AT = new Date('2026-03-04T05:06:07.089Z');
const TIME = 'SELECT $1::timestamptz AS at';

let postgres: Postgres;
let urls: DatabaseUrls;
let url: string;
let admin: pg.Client;
beforeAll(async () => {
  postgres = await startPostgres();
  urls = await provisionDatabase(postgres.adminUrl, 'things', () => 'test');
  url = urls.service;
  admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await postgres?.stop();
});

it.each(STYLES)('a pool reads times where the role has the style %s', async (style) => {
  await admin.query(`ALTER ROLE things_service SET DateStyle = '${style}'`);
  for (const options of [{}, { sharesStatements: true }, { keepsPlans: true }]) {
    const pool = await createPool(url, { max: 1, ...options });
    expect((await pool.query(TIME, [AT])).rows).toEqual([{ at: AT }]);
    await inTransaction(pool, async (client) => {
      expect((await client.query(TIME, [AT])).rows).toEqual([{ at: AT }]);
      expect((await client.query("SELECT '2026-03-04'::date::text AS day")).rows).toEqual([
        { day: '2026-03-04' },
      ]);
    });
    await pool.end();
  }
});

it.each(STYLES)('so does a pool for reading, where the role has the style %s', async (style) => {
  await admin.query(`ALTER ROLE things_service SET DateStyle = '${style}'`);
  const reads = await createReadPool(url, { max: 2 });
  const [row] = (await reads.query<{ at: string }>(TIME, [AT.toISOString()])).rows;
  expect(new Date(row?.at ?? '')).toEqual(AT);
  await reads.end();
});

it.each(STYLES)('migrations know what was applied where the role has the style %s', async (style) => {
  await admin.query(`ALTER ROLE things_owner SET DateStyle = '${style}'`);
  const name = `20260101000000_${STYLES.indexOf(style)}`;
  const folder = await migrations({ [name]: `CREATE TABLE things_${STYLES.indexOf(style)} (id int)` });
  expect(await applyMigrations(urls.owner, folder.directory)).toEqual([name]);
  expect(await applyMigrations(urls.owner, folder.directory)).toEqual([]);
  await admin.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION things_owner`);
  await folder.remove();
});
