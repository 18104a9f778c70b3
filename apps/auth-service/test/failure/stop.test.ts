/** Stops a service in its own process while the table of events is locked, and its client has left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { COMPILE_CACHE, endProcess, freePort, waitUntil } from '@patient-access/testing';
import type { PoolClient } from 'pg';
import { getTokens, registerApp } from '../app.ts';
import { takeAllEvents } from '../events.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const MAIN = join(import.meta.dirname, '../../dist/main.js');
/** Kubernetes kills it 30 s after a pod was asked to stop, of which it takes requests for five. */
const KILLED_MS = 25_000;
/** An event that is being stored. */
const WAITS =
  "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO outbox%'";

describe('while the table of events is locked and the client has left, a stop', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    const tokens = await getTokens(world, await registerApp(world));
    token = tokens['access_token'] ?? '';
  }, 60_000);
  afterAll(() => world?.stop());

  let service: ChildProcess;
  let lock: PoolClient;
  beforeEach(async () => {
    await takeAllEvents(world);
    const port = await freePort();
    const at = `http://127.0.0.1:${port}`;
    service = spawn(process.execPath, [MAIN], {
      stdio: 'ignore',
      env: { ...COMPILE_CACHE, ...world.environment, PORT: String(port), METRICS_PORT: '0' },
    });
    const isReady = () =>
      fetch(`${at}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await waitUntil(isReady, { withinMs: 60_000 });
    lock = await world.db.connect();
    await lock.query('BEGIN; LOCK TABLE outbox IN SHARE MODE');
    const leaving = new AbortController();
    const path = new URL(`${tenantOf(world).issuer}/userinfo`).pathname;
    const headers = { authorization: `Bearer ${token}` };
    const asked = fetch(`${at}${path}`, { headers, signal: leaving.signal });
    await waitUntil(async () => (await world.db.query(WAITS)).rowCount === 1);
    leaving.abort();
    await expect(asked).rejects.toThrow();
  }, 90_000);
  afterEach(async () => {
    lock.release(true);
    await endProcess(service, 'SIGKILL');
  });

  /** @returns its exit code, or that it goes on */
  async function stop(): Promise<unknown> {
    const exited = once(service, 'exit').then(([code]) => code as unknown);
    service.kill('SIGTERM');
    return Promise.race([exited, delay(KILLED_MS, 'still there', { ref: false })]);
  }

  it('ends as always when the lock is let go, and the trail says that the answer broke off', async () => {
    const began = performance.now();
    const stopped = stop();
    await delay(4_000);
    await lock.query('ROLLBACK');
    expect(await stopped).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    const events = await takeAllEvents(world);
    const given = events.find(({ action }) => action === 'read-userinfo');
    expect(given).toMatchObject({ kind: 'account', outcome: '0' });
    expect(events.filter(({ requestId }) => requestId === given?.requestId)).toContainEqual(
      expect.objectContaining({ kind: 'attempt', action: 'interrupt' }),
    );
  }, 60_000);

  it('ends before it is killed when the lock is not let go', async () => {
    expect(await stop()).toBe(1);
  }, 60_000);
});
