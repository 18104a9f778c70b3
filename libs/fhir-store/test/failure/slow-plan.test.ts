/** One plan's searches are slow: they wait for a lock until Postgres breaks them off. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observation, waitUntil } from '@patient-access/testing';
import { asMember, startWorld, type World } from '../world.ts';

const LOCK = 7;
/** Whatever finds a search value of this plan waits for the lock. */
const SLOW_IN_SOUTH = `
  CREATE POLICY slow ON search_value AS RESTRICTIVE FOR SELECT
    USING (tenant <> 'south' OR pg_advisory_xact_lock_shared(${LOCK}) IS NOT NULL)`;
const WAITING = "SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
const SEARCH = 'Observation?code=8867-4';
/** Of the three connections that searches have here, one plan has two. */
const MOST = 2;

describe('a plan beside another one whose searches are slow', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    for (const plan of ['north', 'south']) await world.store(plan, observation(`${plan}-1`, 'anna'));
    await world.admin.query(SLOW_IN_SOUTH);
  });
  afterAll(() => world?.stop());

  it('is answered, searches and reads (case P04)', async () => {
    const [north, south] = [await asMember(world, 'north', 'anna'), await asMember(world, 'south', 'anna')];
    const waiting = async () => (await world.admin.query<{ n: number }>(WAITING)).rows[0]?.n ?? 0;
    const lock = await world.admin.connect();
    await lock.query('SELECT pg_advisory_lock($1)', [LOCK]);
    let isOver = false;
    const slow = Array.from({ length: 12 }, async () => {
      while (!isOver) await south(SEARCH);
    });
    const statuses = new Set<number>();
    const seen = new Set<number>();
    try {
      await waitUntil(async () => (await waiting()) >= MOST);
      for (let at = 0; at < 10; at += 1)
        for (const path of [SEARCH, 'Observation/north-1']) {
          statuses.add((await north(path)).status);
          seen.add(await waiting());
        }
    } finally {
      isOver = true;
      await lock.query('SELECT pg_advisory_unlock($1)', [LOCK]);
      lock.release();
      await Promise.all(slow);
    }
    expect(statuses).toEqual(new Set([200]));
    expect(Math.max(...seen)).toBe(MOST);
  });
});
