import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { sweep } from '../../src/domain/grants/sweep.ts';
import { startWorld, type World } from '../world.ts';

describe('a sweep of what has expired', () => {
  let world: World;
  let pool: Pool;
  const failed: string[] = [];
  beforeAll(async () => {
    world = await startWorld();
    pool = await createPool(world.databaseUrl, { max: 1, ...COMMAND });
  }, 120_000);
  beforeEach(async () => {
    failed.length = 0;
    // More than two statements delete, and one that is good.
    await world.db.query('TRUNCATE replay');
    await world.db.query(
      `INSERT INTO replay (tenant, id, expires_at)
       SELECT 'northwind', n::text, now() - interval '1 second' FROM generate_series(1, 2500) n
       UNION ALL SELECT 'northwind', 'good', now() + interval '1 hour'`,
    );
  });
  afterAll(async () => {
    await pool?.end();
    await world?.stop();
  });

  const sweepAll = () => sweep(pool, (table) => failed.push(table));
  /** The service sweeps too: rows that it has locked are deleted by it, a moment later. */
  const onlyGoodOnesStay = () =>
    waitUntil(async () => {
      const { rows } = await world.db.query<{ id: string }>('SELECT id FROM replay');
      return rows.length === 1 && rows[0]?.id === 'good';
    });

  it('deletes all of it, however much there is', async () => {
    await sweepAll();
    await onlyGoodOnesStay();
    expect(failed).toEqual([]);
  });

  it('goes on behind tables that fail, and tells of them', async () => {
    // What is deleted from `oidc_record` goes there.
    await world.db.query('ALTER TABLE ended_record RENAME TO ended_record_away');
    try {
      await sweepAll();
    } finally {
      await world.db.query('ALTER TABLE ended_record_away RENAME TO ended_record');
    }
    await onlyGoodOnesStay();
    expect(failed).toEqual(['oidc_record', 'ended_record']);
  });
});
