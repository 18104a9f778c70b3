import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exchange, post, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { plantCode } from '../plant.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('a refresh without a client_id', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  /** Refreshes without client_id, as the library SMART JS does. */
  const unnamed = (token: string, tenant = 'northwind', headers: Record<string, string> = {}) =>
    post(
      `${tenantOf(world, tenant).issuer}/token`,
      new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
      headers,
    );

  async function refreshTokenOf(app: RegisteredApp): Promise<string> {
    const { code, verifier } = await plantCode(world, app);
    return (await exchange(world, app, code, verifier)).body['refresh_token'] as string;
  }

  it('SMART 38, 75: succeeds for the public client of the token', async () => {
    const app = await registerApp(world);
    const first = await unnamed(await refreshTokenOf(app), 'northwind', { origin: 'https://app.example' });
    expect([first.status, first.body['patient']]).toEqual([200, 'maria']);
    expect(first.headers.get('access-control-allow-origin')).toBe('https://app.example');
    const again = await refresh(world, app, first.body['refresh_token'] as string);
    expect(again.status).toBe(200);
  });

  it('SMART 78: rotates, and its response is repeated for 30 seconds, as for any other', async () => {
    const app = await registerApp(world);
    const old = await refreshTokenOf(app);
    const [first, second] = [await unnamed(old), await unnamed(old)];
    expect(second.body['access_token']).toBe(first.body['access_token']);
    expect((await unnamed(first.body['refresh_token'] as string)).status).toBe(200);
    expect((await unnamed(old)).body['error']).toBe('invalid_grant');
  });

  it('SMART 38: is refused for the token of a confidential client', async () => {
    const app = await registerApp(world, { token_endpoint_auth_method: 'client_secret_post' });
    const token = await refreshTokenOf(app);
    const { status, body } = await unnamed(token);
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
    const own = await refresh(world, app, token, { client_secret: app.client_secret as string });
    expect(own.status).toBe(200);
  });

  it.each(['client of the refresh token', ''])('is not found by the client id %j', async (id) => {
    const token = await refreshTokenOf(
      await registerApp(world, { token_endpoint_auth_method: 'client_secret_post' }),
    );
    const { status, body } = await refresh(world, { tenant: 'northwind' } as RegisteredApp, token, {
      client_id: id,
    });
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
  });

  it('SMART 43: with an unknown token, or at another plan, gets invalid_grant', async () => {
    const token = await refreshTokenOf(await registerApp(world));
    for (const { status, body } of [await unnamed('unknown'), await unnamed(token, 'lakeside')])
      expect([status, body['error']]).toEqual([400, 'invalid_grant']);
    expect((await unnamed(token)).status).toBe(200);
  });
});
