import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, observation, waitUntil } from '@patient-access/testing';
import { type Asker, asMember, startWorld, type World } from '../world.ts';

const MAX_ROWS = 1_000;

let world: World;
let anna: Asker;
beforeAll(async () => {
  world = await startWorld({}, 'clinical-service', MAX_ROWS);
  await world.store('north', observation('o-1', 'anna', { note: [{ text: 'a secret' }] }));
  anna = await asMember(world, 'north', 'anna');
});
afterAll(() => world?.stop());

const untilStatus = (path: string, status: number) =>
  waitUntil(async () => {
    const answer = await anna(path);
    return answer.status === status && answer;
  });

it('a service discloses no member data while nine tenths of its outbox are full, and does again when there is room (rule D16)', async () => {
  expect((await anna('Observation/o-1')).status).toBe(200);
  await world.admin.query(`INSERT INTO outbox (body) SELECT '{}' FROM generate_series(1, 900)`);
  const refused = await untilStatus('Observation/o-1', 503);
  expect(refused.headers['retry-after']).toMatch(/^\d+$/);
  expect(JSON.parse(refused.text)).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'transient' }],
  });
  expect(refused.text).not.toContain('secret');
  for (const path of ['Observation', 'Observation/o-1/_history', 'Observation/nobody'])
    expect((await anna(path)).status).toBe(503);
  // The refusal records no event, because that would fill the remaining room.
  const rows = async () =>
    (await world.admin.query('SELECT count(*)::int AS n FROM outbox')).rows[0] as object;
  const before = await rows();
  await anna('Observation/o-1');
  expect(await rows()).toEqual(before);
  expect((await ask(world.url, '/health/ready')).status).toBe(200);
  expect(await world.metrics()).toContain('\noutbox_full 1\n');
  await world.admin.query(`DELETE FROM outbox WHERE body = '{}'`);
  expect((await untilStatus('Observation/o-1', 200)).text).toContain('secret');
});
