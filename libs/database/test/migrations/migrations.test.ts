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

  test('are applied once, each as a whole, in the order of their names over all folders', async () => {
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

  test('P13: let others use a table while they wait for it, and are applied when the table is free', async () => {
    const config = { connectionString: urls.owner, statement_timeout: 1_500 };
    const [holding, reading] = [new pg.Client(config), new pg.Client(config)];
    await Promise.all([holding.connect(), reading.connect()]);
    await holding.query('BEGIN; SELECT * FROM first');
    const changing = await migrations({ '20260102500000_changing': 'ALTER TABLE first ADD COLUMN more int' });
    let applied: string[] | undefined;
    const applying = applyMigrations(urls.owner, changing.directory).then((names) => (applied = names));
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE first%'`;
    const waiting = async () => ((await reading.query(waits)).rowCount ?? 0) > 0;
    for (let round = 0; round < 2; round += 1) {
      while (!(await waiting())) await new Promise((resolve) => setTimeout(resolve, 20));
      // This read comes after the migration, so the migration has to step aside first.
      expect((await reading.query('SELECT * FROM first')).rows).toEqual([]);
      expect(applied).toBeUndefined();
    }
    await holding.query('COMMIT');
    await applying;
    expect(applied).toEqual(['20260102500000_changing']);
    await Promise.all([holding.end(), reading.end(), changing.remove()]);
  });

  test('leave nothing behind when they fail, and report the message of Postgres', async () => {
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
