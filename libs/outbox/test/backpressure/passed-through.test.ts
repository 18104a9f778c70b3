import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { DEPTH } from '../../src/backpressure.ts';
import { leaseNew, deleteStored } from '../../src/leases.ts';
import { fillOutbox, startWorld, type World } from '../world.ts';

const PASSED = 20_000;
const WAITING = 30;
const MAX_BUFFERS = 100;

let world: World;
/** a pool with the options that openOutbox uses */
let pool: Pool;
beforeAll(async () => {
  world = await startWorld();
  pool = await createPool(world.url, { max: 1, byIndex: true });
  await world.admin.query('ALTER TABLE outbox SET (autovacuum_enabled = false)');
});
afterAll(async () => {
  await pool?.end();
  await world?.stop();
});

it('counts the waiting rows without reading the rows that were deleted since the last vacuum', async () => {
  await fillOutbox(world, PASSED);
  const sent = await leaseNew(pool, 'claims-service', PASSED);
  expect(await deleteStored(pool, [[1, sent.length]])).toBe(PASSED);
  await fillOutbox(world, WAITING);
  await leaseNew(pool, 'claims-service', WAITING / 2);
  const count = async () => Number((await pool.query<{ depth: string }>(`SELECT ${DEPTH}`)).rows[0]?.depth);
  expect(await count()).toBe(WAITING);
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, BUFFERS) SELECT ${DEPTH}`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).not.toContain('Seq Scan');
  expect(Number(/Buffers: shared hit=(\d+)/.exec(plan)?.[1])).toBeLessThan(MAX_BUFFERS);
});
