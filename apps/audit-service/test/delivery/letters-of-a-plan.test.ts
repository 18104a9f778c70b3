/** How many dead letters wait that may be of a plan, which each page and file of the console asks. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { countLettersOf } from '../../src/delivery/dead-letters.ts';
import { startWorld, type World } from '../world.ts';

/** Of two plans, of one whose letters wait no more, and what is no batch. */
const LETTERS = `
  INSERT INTO dead_letter (reason, producer, body, digest, replayed_at)
  SELECT 'held', CASE WHEN n % 10 > 0 THEN 'claims-service/x' END,
         CASE WHEN n % 10 > 0 THEN '2 claims-service/x ' || (ARRAY['northwind', 'lakeside'])[n % 2 + 1] || ' 3 key signature' ELSE '' END
           || chr(10) || '1 ' || repeat(md5(n::text), 1000),
         sha256(n::text::bytea), CASE WHEN n > 200 THEN now() END
    FROM generate_series(1, 300) n`;

describe('the dead letters of a plan', () => {
  let world: World;
  let client: pg.PoolClient;
  beforeAll(async () => {
    world = await startWorld();
    client = await world.admin.connect();
    await client.query(LETTERS);
    await client.query('ANALYZE dead_letter; SET enable_seqscan = off');
  });
  afterAll(async () => {
    client?.release();
    await world?.stop();
  });

  it('are counted by the index, with those that name no plan, and without reading a batch', async () => {
    const counted = ['northwind', 'lakeside', 'elsewhere'].map((plan) => countLettersOf(world.admin, plan));
    expect(await Promise.all(counted)).toEqual([100, 120, 20]);
    const plans: string[] = [];
    const explaining = {
      async query(text: string, values: unknown[]) {
        const { rows } = await client.query<Record<'QUERY PLAN', string>>(`EXPLAIN ${text}`, values);
        plans.push(...rows.map((row) => row['QUERY PLAN']));
        return { rows: [] };
      },
    };
    await countLettersOf(explaining as never, 'northwind');
    expect(plans.join('\n')).toContain('dead_letter_waiting');
    expect(plans.join('\n')).not.toContain('Seq Scan');
  });
});
