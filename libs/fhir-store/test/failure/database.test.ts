import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observation, type Postgres, runningClock, startPostgres, waitUntil } from '@patient-access/testing';
import { type Asker, asMember, startWorld, type World } from '../world.ts';

const DEADLINE_MS = 15_000;
const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'clinical_service'`;

async function untilStatus(anna: Asker, wanted: number): Promise<void> {
  await waitUntil(async () => (await anna('Observation/o-1')).status === wanted, { withinMs: DEADLINE_MS });
}

describe('a request while the database fails', () => {
  let directory: string;
  let world: World;
  let anna: Asker;
  let restarted: Postgres | undefined;
  /** Each test but the last waits until the database answers again. The last one stops it. */
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'patient-access-failure-'));
    chmodSync(directory, 0o755);
    world = await startWorld({ dir: join(directory, 'data') });
    await world.store('north', observation('o-1', 'anna', { note: [{ text: 'a secret' }] }));
    anna = await asMember(world, 'north', 'anna');
  });
  afterAll(async () => {
    await world?.stop();
    await restarted?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is answered with 200 or 503 when connections are cut', async () => {
    for (let round = 0; round < 5; round += 1) {
      const asked = Promise.all(Array.from({ length: 20 }, () => anna('Observation/o-1')));
      await world.admin.query(CUT);
      for (const { status } of await asked) expect([200, 503]).toContain(status);
    }
    await untilStatus(anna, 200);
  });

  it('is answered with 503 within the deadline when the database is too slow (case P04)', async () => {
    const lock = await world.admin.connect();
    await lock.query('BEGIN');
    await lock.query('LOCK TABLE resource');
    const ran = runningClock();
    const { status } = await anna('Observation/o-1');
    const tookMs = ran();
    await lock.query('ROLLBACK');
    lock.release();
    expect(status).toBe(503);
    expect(tookMs).toBeLessThan(4_000);
    await untilStatus(anna, 200);
  });

  it('is answered with 503 when all connections are busy, while reads by key and probes go on (case P05)', async () => {
    const WAITING = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'clinical_service' AND wait_event_type = 'Lock'`;
    const waiting = async () => (await world.admin.query<{ n: number }>(WAITING)).rows[0]?.n ?? 0;
    const lock = await world.admin.connect();
    await lock.query('BEGIN; LOCK TABLE search_value');
    const statuses: number[] = [];
    const search = async (code: string, member = anna) =>
      statuses.push((await member(`Observation?code=${code}`)).status);
    let isOver = false;
    const ben = await asMember(world, 'south', 'ben');
    // Each search is broken off after its deadline, and the next one has the connection then. No plan has all three.
    const busy = [anna, anna, ben].map(async (member) => {
      while (!isOver) await search('a', member);
    });
    await waitUntil(async () => (await waiting()) === busy.length);
    const others = Array.from({ length: 60 }, (_, at) => search(`other-${at}`));
    // A read by key uses none of the locked tables, and has a connection of its own.
    expect((await anna('Observation/o-1')).status).toBe(200);
    // Nor has a probe to wait: the service is busy, and all its replicas may be.
    expect((await fetch(`${world.url}/health/ready`)).status).toBe(200);
    await Promise.all(others);
    isOver = true;
    await Promise.all(busy);
    await lock.query('ROLLBACK');
    lock.release();
    expect(new Set(statuses)).toEqual(new Set([503]));
    await untilStatus(anna, 200);
    expect((await anna('Observation?code=a')).status).toBe(200);
  });

  it('is answered with 503 without details when the database is gone, and succeeds when it is back (case P03)', async () => {
    await world.postgres.stop();
    for (let round = 0; round < 5; round += 1) {
      const answer = await anna('Observation/o-1');
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
      expect(JSON.parse(answer.text)).toMatchObject({ issue: [{ code: 'transient' }] });
      expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|secret/);
    }
    restarted = await startPostgres({ dir: join(directory, 'data'), port: world.postgres.port });
    await untilStatus(anna, 200);
  });
});
