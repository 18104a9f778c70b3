import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Postgres, startPostgres } from '@patient-access/testing';
import pg from 'pg';
import { applyMigrations, type DatabaseUrls, provisionDatabase } from '../../src/index.ts';
import { migrations } from '../world.ts';

const FIRST = 'CREATE TABLE first (id int); -- a comment; with a semicolon\n';
const BLOCK = 'DO $$ BEGIN\n  CREATE TABLE second (id int);\n  INSERT INTO second VALUES (1);\nEND $$;\n';

describe('migrations', () => {
  let postgres: Postgres;
  let urls: DatabaseUrls;
  beforeAll(async () => {
    postgres = await startPostgres();
    urls = await provisionDatabase(postgres.adminUrl, 'claims', () => 'test');
  });
  afterAll(() => postgres.stop());

  async function tables(): Promise<string[]> {
    const client = new pg.Client({ connectionString: urls.owner });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname !~ '^_' ORDER BY 1",
    );
    await client.end();
    return rows.map(({ name }) => name);
  }

  test('are applied once, in order of their names over all folders, whole', async () => {
    const engine = await migrations({ '20260101000000_first': FIRST });
    const own = await migrations({ '20260102000000_block': BLOCK });
    expect(await applyMigrations(urls.owner, own.directory, engine.directory)).toEqual([
      '20260101000000_first',
      '20260102000000_block',
    ]);
    expect(await tables()).toEqual(['first', 'second']);
    expect(await applyMigrations(urls.owner, engine.directory, own.directory)).toEqual([]);
    await Promise.all([engine.remove(), own.remove()]);
  });

  test('that fail leave nothing of themselves, and Postgres’ own words', async () => {
    const broken = await migrations({
      '20260103000000_broken': 'CREATE TABLE third (id int); CREATE TABLE third (id int);',
    });
    await expect(applyMigrations(urls.owner, broken.directory)).rejects.toThrow(
      'relation "third" already exists',
    );
    expect(await tables()).not.toContain('third');
    await broken.remove();
  });
});
