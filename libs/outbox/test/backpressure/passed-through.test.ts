import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool, type Pool } from '@patient-access/database';
import { explainRun } from '@patient-access/testing';
import { DEPTH } from '../../src/backpressure.ts';
import { deleteStored, numberRows } from '../../src/rows.ts';
import { fillOutbox, startWorld, type World } from '../world.ts';

const PASSED = 20_000;
const WAITING = 30;
/** The index has about two hundred pages then, and the table over a thousand. */
const MAX_BLOCKS = 300;

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
  const producer = randomUUID();
  await fillOutbox(world, PASSED);
  await numberRows(pool, producer, 0, PASSED);
  expect(await deleteStored(pool, producer, [[1, PASSED]])).toBe(PASSED);
  await fillOutbox(world, WAITING);
  await numberRows(pool, producer, PASSED, WAITING / 2);
  const count = async () => Number((await pool.query<{ depth: string }>(DEPTH)).rows[0]?.depth);
  expect(await count()).toBe(WAITING);
  const { plan, blocks } = await explainRun(pool, DEPTH);
  expect(plan).not.toContain('Seq Scan');
  expect(blocks).toBeLessThan(MAX_BLOCKS);
});
