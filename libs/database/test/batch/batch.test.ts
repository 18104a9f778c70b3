import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type Postgres } from '@patient-access/testing';
import pg from 'pg';
import { type BatchStatement, findInBatch, storeInBatch } from '../../src/index.ts';

const FIND: BatchStatement = {
  name: 'fruit-find',
  text: `SELECT k.n, f.colour FROM unnest($1::text[]) WITH ORDINALITY AS k (name, n) JOIN fruit f USING (name)`,
};
const STORE: BatchStatement = {
  name: 'fruit-store',
  text: `INSERT INTO fruit (name, colour)
         SELECT DISTINCT ON (name) name, colour FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (name, colour, n)
          ORDER BY name, n DESC
         ON CONFLICT (name) DO UPDATE SET colour = excluded.colour`,
};
/** Fails for a text that is not a number. */
const BY_NUMBER: BatchStatement = {
  name: 'by-number',
  text: `SELECT k.n, k.given::int AS number FROM unnest($1::text[]) WITH ORDINALITY AS k (given, n)`,
};

describe('concurrent requests', () => {
  let postgres: Postgres;
  let pool: pg.Pool;
  let statements: string[];
  beforeAll(async () => {
    postgres = await startPostgres();
    pool = new pg.Pool({ connectionString: postgres.adminUrl, max: 4 });
    // Postgres may end a connection while the pool is closing. That is not a failure.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    await pool.query(
      `CREATE TABLE fruit (name text PRIMARY KEY, colour text NOT NULL CHECK (colour <> 'invisible'))`,
    );
    const { query } = pool;
    pool.query = ((given: { name?: string }, ...rest: unknown[]) => {
      statements.push(String(given.name));
      return (query as (...of: unknown[]) => unknown).call(pool, given, ...rest);
    }) as typeof query;
    statements = [];
  }, 60_000);
  afterAll(async () => {
    await pool?.end();
    await postgres?.stop();
  });

  const colourOf = async (name: string) =>
    (await findInBatch<{ colour: string }>(pool, FIND, [name]))?.colour;
  const during = async <Result>(work: () => Promise<Result>): Promise<[Result, number]> => {
    statements = [];
    return [await work(), statements.length];
  };

  it('share a few statements, and each gets its own row', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `fruit ${index}`);
    const [, stored] = await during(() =>
      Promise.all(names.map((name) => storeInBatch(pool, STORE, [name, `colour of ${name}`]))),
    );
    expect(stored).toBeLessThanOrEqual(8);
    const asked = [...names, 'of nobody', 'fruit 7', "'; DROP TABLE fruit --", '{"a"}', 'a,b', '\\'];
    const [found, looked] = await during(() => Promise.all(asked.map(colourOf)));
    expect(looked).toBeLessThanOrEqual(8);
    expect(found).toEqual(asked.map((name) => (/^fruit \d+$/.test(name) ? `colour of ${name}` : undefined)));
  });

  it('use a statement of their own when nobody else asks', async () => {
    const [colour, count] = await during(() => colourOf('fruit 3'));
    expect([colour, count]).toEqual(['colour of fruit 3', 1]);
  });

  it('see what was stored before them', async () => {
    for (let round = 0; round < 20; round += 1) {
      await storeInBatch(pool, STORE, ['kiwi', `shade ${round}`]);
      expect(await colourOf('kiwi')).toBe(`shade ${round}`);
    }
  });

  it('keep the later of two rows with the same key', async () => {
    await Promise.all(['green', 'yellow'].map((colour) => storeInBatch(pool, STORE, ['banana', colour])));
    expect(await colourOf('banana')).toBe('yellow');
  });

  it('fail only for the entry that cannot be stored or read', async () => {
    const given = ['1', '2', 'three', '4', '\0'];
    const answers = await Promise.allSettled(
      given.map((text) => findInBatch<{ number: number }>(pool, BY_NUMBER, [text])),
    );
    expect(
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value?.number : answer.status)),
    ).toEqual([1, 2, 'rejected', 4, undefined]);
    const stored = await Promise.allSettled(
      ['red', 'invisible', 'blue'].map((colour) => storeInBatch(pool, STORE, [`a ${colour} one`, colour])),
    );
    expect(stored.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await colourOf('a blue one')).toBe('blue');
  });

  it('all fail while the database fails, and succeed afterwards', async () => {
    await pool.query({ text: 'ALTER TABLE fruit RENAME TO vegetable' });
    const answers = await Promise.allSettled(['kiwi', 'banana'].map(colourOf));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await pool.query({ text: 'ALTER TABLE vegetable RENAME TO fruit' });
    expect(await colourOf('banana')).toBe('yellow');
  });
});
