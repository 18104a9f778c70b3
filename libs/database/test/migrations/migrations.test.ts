import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Postgres, startPostgres, waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { applyMigrations, type DatabaseUrls, provisionDatabase } from '../../src/index.ts';
import { migrations } from '../world.ts';

const CHILD = resolve(import.meta.dirname, 'child.ts');
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

  async function connect(url = urls.owner): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  }

  /** @returns the processes of Postgres that wait for a lock with a statement, for at least some time */
  async function backends(statement: string, since = '0 s'): Promise<number[]> {
    const client = await connect();
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND strpos(query, $1) > 0 AND query_start < now() - $2::interval",
      [statement, since],
    );
    await client.end();
    return rows.map(({ pid }) => pid);
  }

  /** @returns whether a connection has sent a statement last */
  async function asks(statement: string): Promise<boolean> {
    const client = await connect();
    const { rowCount } = await client.query(
      'SELECT FROM pg_stat_activity WHERE strpos(query, $1) > 0 AND pid <> pg_backend_pid()',
      [statement],
    );
    await client.end();
    return (rowCount ?? 0) > 0;
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
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%\nALTER TABLE first%'`;
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

  test('go on with one that failed, once it is mended', async () => {
    const mended = await migrations({ '20260103000000_broken': 'CREATE TABLE third (id int)' });
    expect(await applyMigrations(urls.owner, mended.directory)).toEqual(['20260103000000_broken']);
    expect(await tables()).toContain('third');
    await mended.remove();
  });

  test('run again when they were broken off, and the second of two waits for the first', async () => {
    const holding = await connect();
    await holding.query('BEGIN; LOCK TABLE first');
    const files = await migrations({ '20260104000000_off': 'ALTER TABLE first ADD COLUMN off int' });
    const broken = applyMigrations(urls.owner, files.directory).catch((error: Error) => error.message);
    await waitUntil(async () => (await backends('ALTER TABLE first ADD COLUMN off')).length > 0);
    const said: string[] = [];
    const second = applyMigrations({ url: urls.owner, say: (line) => said.push(line) }, files.directory);
    await waitUntil(() => Promise.resolve(said.length > 0));
    const [pid] = await backends('ALTER TABLE first ADD COLUMN off');
    const admin = await connect(postgres.adminUrl);
    await admin.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(await broken).toEqual(expect.any(String));
    await holding.query('COMMIT');
    expect(await second).toEqual(['20260104000000_off']);
    expect(said[0]).toMatch(
      /^waits until another run of migrations at this database has ended, .* 25 s at most \(process \d+ of Postgres, since 20\S+Z\)$/,
    );
    await Promise.all([holding.end(), admin.end(), files.remove()]);
  });

  test('are tried again after a deadlock with what takes the same tables in another order', async () => {
    const service = await connect();
    await service.query('CREATE TABLE one (id int); CREATE TABLE other (id int)');
    await service.query('BEGIN; LOCK TABLE other');
    // The migration finds the deadlock: the service would later, and the lock's time ends later.
    const admin = await connect(postgres.adminUrl);
    await admin.query("ALTER ROLE ALL SET deadlock_timeout = '900ms'");
    const script = 'ALTER TABLE one ADD COLUMN more int; ALTER TABLE other ADD COLUMN more int';
    const files = await migrations({ '20260104500000_both': script });
    const applied = applyMigrations(urls.owner, files.directory);
    await waitUntil(async () => (await backends('ALTER TABLE one ADD COLUMN more')).length > 0);
    await service.query('LOCK TABLE one; COMMIT');
    expect(await applied).toEqual(['20260104500000_both']);
    await admin.query('ALTER ROLE ALL RESET deadlock_timeout');
    await service.query('DROP TABLE one, other');
    await Promise.all([service.end(), admin.end(), files.remove()]);
  });

  test('wait for the statement of a run that was killed, which Postgres goes on with, and do not run it twice', async () => {
    const admin = await connect();
    await admin.query('CREATE TABLE go_on (id int)');
    const untilTold =
      'DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM go_on) LOOP PERFORM pg_sleep(0.02); END LOOP; END $$;';
    const files = await migrations({ '20260104500000_killed': `CREATE TABLE killed (id int); ${untilTold}` });
    const child = spawn(process.execPath, [CHILD, urls.owner, files.directory], { stdio: 'inherit' });
    await waitUntil(async () => await asks('CREATE TABLE killed'));
    child.kill('SIGKILL');
    await once(child, 'close');
    let applied: string[] | undefined;
    const said: string[] = [];
    const database = { url: urls.owner, say: (line: string) => said.push(line) };
    const second = applyMigrations(database, files.directory).then((names) => (applied = names));
    await waitUntil(() => Promise.resolve(said.some((line) => line.includes('was killed, however'))));
    // It has asked a second time since.
    await waitUntil(async () => await asks('pg_try_advisory_lock'));
    expect(applied).toBeUndefined();
    const running = await admin.query(
      "SELECT pid FROM pg_stat_activity WHERE query LIKE '%CREATE TABLE killed%' AND pid <> pg_backend_pid()",
    );
    await admin.query('INSERT INTO go_on VALUES (1)');
    // The first run's statement has committed it.
    expect(await second).toEqual([]);
    const ofStatement = said.filter((line) => line.includes('a statement that was left to it'));
    expect(ofStatement).toEqual([
      expect.stringMatching(
        `however long that takes, and then 25 s at most \\(process ${running.rows[0].pid} of Postgres, since 20\\S+Z\\)$`,
      ),
    ]);
    expect(await tables()).toContain('killed');
    await admin.query('DROP TABLE go_on, killed');
    await Promise.all([admin.end(), files.remove()]);
  });

  test('make an index while others write, wait for long transactions, and make it anew after one was broken off', async () => {
    const [holding, writing] = [await connect(), await connect()];
    // As it is left behind: the build found two equal rows.
    await writing.query('INSERT INTO second VALUES (1)');
    await expect(writing.query('CREATE UNIQUE INDEX CONCURRENTLY second_id ON second (id)')).rejects.toThrow(
      'could not create unique index',
    );
    await holding.query('BEGIN; SELECT * FROM second');
    const sql =
      '-- for a table that grows\nCREATE INDEX CONCURRENTLY IF NOT EXISTS second_id ON second (id);\n';
    const files = await migrations({ '20260105000000_index': sql });
    let applied: string[] | undefined;
    const applying = applyMigrations(urls.owner, files.directory).then((names) => (applied = names));
    // It waits longer than other migrations wait for a lock, first to drop what was left behind.
    await waitUntil(async () => (await backends('DROP INDEX CONCURRENTLY', '1.5 s')).length > 0);
    await writing.query('INSERT INTO second VALUES (2)');
    expect(applied).toBeUndefined();
    await holding.query('COMMIT');
    await applying;
    expect(applied).toEqual(['20260105000000_index']);
    const { rows } = await writing.query(
      "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'second_id'::regclass",
    );
    expect(rows).toEqual([{ indisvalid: true, indisunique: false }]);
    await Promise.all([holding.end(), writing.end(), files.remove()]);
  });

  test('find an index that is left behind wherever its table is, and wait for one that another run makes', async () => {
    const [holding, writing] = [await connect(), await connect()];
    await writing.query(
      'CREATE SCHEMA apart; CREATE TABLE apart.third (id int); INSERT INTO apart.third VALUES (1), (1)',
    );
    await expect(
      writing.query('CREATE UNIQUE INDEX CONCURRENTLY "Third" ON apart.third (id)'),
    ).rejects.toThrow('could not create unique index');
    await holding.query('BEGIN; SELECT * FROM apart.third');
    const sql = 'CREATE INDEX CONCURRENTLY IF NOT EXISTS "Third" ON apart.third (id);';
    const files = await migrations({ '20260106000000_apart': sql });
    const first = applyMigrations(urls.owner, files.directory);
    await waitUntil(async () => (await backends('DROP INDEX CONCURRENTLY')).length > 0);
    const second = applyMigrations(urls.owner, files.directory);
    await waitUntil(() => asks('pg_try_advisory_lock'));
    await holding.query('COMMIT');
    expect([await first, await second]).toEqual([['20260106000000_apart'], []]);
    const { rows } = await writing.query(
      `SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'apart."Third"'::regclass`,
    );
    expect(rows).toEqual([{ indisvalid: true, indisunique: false }]);
    await Promise.all([holding.end(), writing.end(), files.remove()]);
  });

  describe('make an index of a table with partitions', () => {
    const MONTHS = ['m1', 'm2', 'm3'];
    const index = 'CREATE INDEX CONCURRENTLY "By kind" ON parted.event (kind, day) WHERE kind > 0;\n';
    let owner: pg.Client;
    beforeAll(async () => {
      owner = await connect();
      await owner.query(
        `CREATE SCHEMA parted; CREATE TABLE parted.event (day int, kind int) PARTITION BY RANGE (day);` +
          MONTHS.map((name, at) => partitionOf(name, at)).join(';'),
      );
      await owner.query('INSERT INTO parted.event SELECT n % 3, n FROM generate_series(1, 100) n');
    });
    afterAll(() => owner?.end());

    const partitionOf = (name: string, from: number) =>
      `CREATE TABLE parted.${name} PARTITION OF parted.event FOR VALUES FROM (${from}) TO (${from + 1})`;

    /** @returns whether the index of each table is valid; a table that has none is not there */
    async function valid(): Promise<Record<string, boolean>> {
      const { rows } = await owner.query<{ name: string; valid: boolean }>(
        `SELECT t.relname AS name, i.indisvalid AS valid FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
          WHERE t.relnamespace = 'parted'::regnamespace ORDER BY 1`,
      );
      return Object.fromEntries(rows.map(({ name, valid: is }) => [name, is]));
    }

    test('for each partition while others write, and go on where they were broken off', async () => {
      const holding = await connect();
      // The second partition cannot be indexed while this goes on, and the first one can.
      await holding.query('BEGIN; INSERT INTO parted.m2 VALUES (1, 1)');
      const files = await migrations({ '20260107000000_parted': index });
      const broken = applyMigrations(urls.owner, files.directory).catch((error: Error) => error.message);
      await waitUntil(async () => (await backends('CREATE INDEX CONCURRENTLY "m2_By kind"')).length > 0);
      expect(await valid()).toEqual({ event: false, m1: true, m2: false });
      // Nobody waits behind it, and a new partition has the index from the first.
      await owner.query('INSERT INTO parted.event VALUES (0, 1), (1, 1), (2, 1)');
      await owner.query('CREATE TABLE parted.m4 (LIKE parted.event)');
      await owner.query('ALTER TABLE parted.event ATTACH PARTITION parted.m4 FOR VALUES FROM (3) TO (4)');
      const admin = await connect(postgres.adminUrl);
      for (const pid of await backends('CREATE INDEX CONCURRENTLY "m2_By kind"'))
        await admin.query('SELECT pg_terminate_backend($1)', [pid]);
      expect(await broken).toEqual(expect.any(String));
      await holding.query('COMMIT');
      expect(await applyMigrations(urls.owner, files.directory)).toEqual(['20260107000000_parted']);
      expect(await valid()).toEqual({ event: true, m1: true, m2: true, m3: true, m4: true });
      await owner.query('SET enable_seqscan = off');
      const { rows } = await owner.query('EXPLAIN SELECT FROM parted.event WHERE kind = 7 AND day = 1');
      expect(JSON.stringify(rows)).toContain('m2_By kind');
      await Promise.all([holding.end(), admin.end(), files.remove()]);
    });

    test('and refuse one that would leave the partitions out, with a line that says so', async () => {
      const files = await migrations({ '20260108000000_only': index.replace(' ON ', ' ON ONLY ') });
      await expect(applyMigrations(urls.owner, files.directory)).rejects.toThrow(
        'parted.event has partitions: CREATE INDEX CONCURRENTLY without ONLY makes theirs too',
      );
      await files.remove();
    });
  });
});
