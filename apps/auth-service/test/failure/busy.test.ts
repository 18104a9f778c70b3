/** A service that has much to do with its database is ready: all of its replicas may have. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startWorld, type World } from '../world.ts';

/** The one that listens to changes. */
const OTHERS = 1;

let world: World;
beforeAll(async () => void (world = await startWorld()), 120_000);
afterAll(() => world?.stop());

it('is ready while requests use all of their connections', async () => {
  const { pool } = world;
  const used = Array.from({ length: pool.options.max - OTHERS }, () => pool.connect());
  const connections = await Promise.all(used);
  try {
    expect(pool.idleCount).toBe(0);
    expect((await fetch(`${world.address}/health/ready`)).status).toBe(200);
  } finally {
    for (const connection of connections) connection.release();
  }
}, 60_000);
