import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { getTokens, introspect, post, registerApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ outboxMaxRows: 100 });
}, 60_000);
afterAll(() => world?.stop());

it('login, consent and revocation work and are recorded while too many events wait for delivery (rule D16)', async () => {
  await world.db.query(`INSERT INTO outbox (body) SELECT '{}' FROM generate_series(1, 200)`);
  await waitUntil(async () => (await world.metrics()).includes('\noutbox_full 1\n'));
  const app = await registerApp(world);
  const tokens = await getTokens(world, app);
  const token = String(tokens['access_token']);
  expect((await introspect(world, token)).body['active']).toBe(true);
  const form = new URLSearchParams({ token, client_id: app.client_id });
  expect((await post(`${tenantOf(world).issuer}/revoke`, form)).status).toBe(200);
  expect((await introspect(world, token)).body['active']).toBe(false);
  const { rows } = await world.db.query<{ kind: string }>(
    `SELECT DISTINCT body::json ->> 'kind' AS kind FROM outbox WHERE body <> '{}'`,
  );
  expect(rows.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['login', 'consent', 'token']));
});
