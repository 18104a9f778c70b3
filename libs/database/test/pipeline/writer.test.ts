/** Tests the one connection of whoever writes again and again: what it promises, and what is known after a failure. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Postgres, startPostgres, waitUntil } from '@patient-access/testing';
import pg from 'pg';
import { createWriter, provisionDatabase, type Writer } from '../../src/index.ts';
import { startStalling } from './stalling.ts';

const note = (text: string) => ({
  name: 'note',
  text: 'INSERT INTO note (text) VALUES ($1)',
  values: [text],
});
const FAILS = { text: 'INSERT INTO note (text) SELECT $1 FROM generate_series(1, 1 / 0)', values: ['never'] };

describe('a writer', () => {
  let postgres: Postgres;
  let admin: pg.Pool;
  let url: string;
  let writer: Writer;
  beforeAll(async () => {
    postgres = await startPostgres();
    url = (await provisionDatabase(postgres.adminUrl, 'things', () => 'test')).service;
    admin = new pg.Pool({ connectionString: postgres.adminUrl.replace(/postgres$/, 'things'), max: 2 });
    admin.on('error', () => undefined);
    await admin.query(`
      CREATE TABLE note (id serial, text text UNIQUE,
                         timeout text DEFAULT current_setting('statement_timeout'),
                         scans text DEFAULT current_setting('enable_seqscan'));
      GRANT INSERT, SELECT ON note TO things_service; GRANT USAGE ON SEQUENCE note_id_seq TO things_service`);
    writer = createWriter(url, { byIndex: true, statementTimeoutMs: 700 });
  });
  beforeEach(() => admin.query('TRUNCATE note'));
  afterAll(async () => {
    await writer?.end();
    await admin?.end();
    await postgres?.stop();
  });

  const texts = async () =>
    (await admin.query<{ text: string }>('SELECT text FROM note ORDER BY id')).rows.map(({ text }) => text);
  const backends = async () =>
    (await admin.query("SELECT 1 FROM pg_stat_activity WHERE usename = 'things_service'")).rowCount;

  it('says that a statement is done when others can see it, with the settings of its transaction', async () => {
    await writer.run(note('first'));
    const { rows } = await admin.query('SELECT text, timeout, scans FROM note');
    expect(rows).toEqual([{ text: 'first', timeout: '700ms', scans: 'off' }]);
  });

  it('takes statements in their order, over one connection', async () => {
    const many = Array.from({ length: 200 }, (_, at) => `${at}`);
    await Promise.all(many.map((text) => writer.run(note(text))));
    expect([await texts(), await backends()]).toEqual([many, 1]);
  });

  it('stores any text as it is', async () => {
    const odd = 'a\nb\t"c" \\ {d} \u{1F600} é \u2028';
    await writer.run(note(odd));
    expect(await texts()).toEqual([odd]);
  });

  it('fails the statement with the error alone, as node-postgres does, and goes on', async () => {
    const settled = await Promise.allSettled([
      writer.run(note('before')),
      writer.run(FAILS),
      writer.run(note('after')),
      writer.run(note('before')),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(settled[1]).toMatchObject({ reason: { code: '22012', severity: 'ERROR' } });
    expect(settled[3]).toMatchObject({ reason: { code: '23505', severity: 'ERROR' } });
    expect((settled[1] as PromiseRejectedResult).reason).toBeInstanceOf(pg.DatabaseError);
    await writer.run(note('last'));
    expect(await texts()).toEqual(['before', 'after', 'last']);
  });

  it('lets the server end what takes too long', async () => {
    const slow = { text: 'INSERT INTO note (text) SELECT $1 FROM pg_sleep(2)', values: ['slow'] };
    await expect(writer.run(slow)).rejects.toMatchObject({ code: '57014' });
    expect(await texts()).toEqual([]);
  });

  it('says nothing certain of a statement whose connection is cut, and opens another one', async () => {
    await writer.run(note('before'));
    const lock = await admin.connect();
    await lock.query('BEGIN; LOCK TABLE note IN SHARE MODE');
    const doubtful = writer.run(note('doubtful')).catch((error: unknown) => error);
    const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE usename = 'things_service' AND wait_event_type = 'Lock'`;
    await waitUntil(async () => (await admin.query(CUT)).rowCount === 1);
    const error = await doubtful;
    expect(error).toBeInstanceOf(Error);
    expect((error as { severity?: string }).severity).not.toBe('ERROR');
    await lock.query('ROLLBACK');
    lock.release();
    await writer.run(note('after'));
    expect(await texts()).toEqual(['before', 'after']);
  });

  it('gives up on a server that does not answer, and comes back when it does', async () => {
    const between = await startStalling(new URL(url));
    const stalled = createWriter(between.url, { statementTimeoutMs: 700 });
    between.stalls = true;
    // The answer to the first look at the connection is the last one that comes through.
    await expect(stalled.run(note('stalled'))).rejects.not.toMatchObject({ severity: 'ERROR' });
    between.stalls = false;
    await waitUntil(() =>
      stalled.run(note(`again ${Math.random()}`)).then(
        () => true,
        () => false,
      ),
    );
    await stalled.end();
    await between.stop();
  });

  it('finishes what it has begun before it ends, and takes nothing after that', async () => {
    const ending = createWriter(url, {});
    const begun = ending.run(note('begun'));
    await waitUntil(async () => (await texts()).length === 1);
    await ending.end();
    await begun;
    await expect(ending.run(note('late'))).rejects.toThrow('closed');
    expect(await texts()).toEqual(['begun']);
  });
});
