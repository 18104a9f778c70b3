import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { post, registerApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world?.stop());

it('a revocation has an answer of the type that clients parse, with nothing in it', async () => {
  const { client_id } = await registerApp(world);
  const form = new URLSearchParams({ token: 'unknown', client_id });
  const { status, headers, text } = await post(`${tenantOf(world).issuer}/revoke`, form);
  expect([status, text]).toEqual([200, '{}']);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
});

it('introspection without credentials is 401 with a challenge', async () => {
  const form = new URLSearchParams({ token: 'unknown' });
  const { status, headers, body } = await post(`${tenantOf(world).issuer}/introspect`, form);
  expect([status, body['error']]).toEqual([401, 'invalid_client']);
  expect(headers.get('www-authenticate')).toMatch(/^Basic realm="/);
});
