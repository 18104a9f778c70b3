import { afterEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { dataDirectory, startPostgres } from '../../src/index.ts';

async function one(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return Object.values(rows[0] ?? {})[0];
}

describe('embedded Postgres', () => {
  const folders: string[] = [];
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'patient-access-testing-'));
    folders.push(made);
    return made;
  };
  afterEach(() => folders.splice(0).forEach((made) => rmSync(made, { recursive: true, force: true })));

  test('speaks UTF-8 and sorts bytewise on every machine', async () => {
    const postgres = await startPostgres();
    expect(await one(postgres.adminUrl, 'SHOW server_encoding')).toBe('UTF8');
    expect(await one(postgres.adminUrl, "SELECT 'Z' < 'a' AND 'z' < 'é'")).toBe(true);
    await postgres.stop();
  });

  // A directory of mode 0700, as mkdtemp makes it. Postgres that root started runs as another user and cannot enter
  // it.
  test('keeps its data in a directory that others may not enter', async () => {
    const dir = join(folder(), 'deep', 'postgres');
    mkdirSync(join(dir, '..'), { recursive: true });
    const first = await startPostgres({ dir });
    await one(first.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await startPostgres({ dir });
    expect(await one(second.adminUrl, 'SELECT answer FROM kept')).toBe(42);
    await second.stop();
    rmSync(dataDirectory(dir), { recursive: true, force: true });
  });

  test('leaves nothing behind of a temporary database', async () => {
    const postgres = await startPostgres();
    const directory = await one(postgres.adminUrl, 'SHOW data_directory');
    await postgres.stop();
    expect(existsSync(String(directory))).toBe(false);
  });
});
