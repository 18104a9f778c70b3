import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { COMMAND, createPool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { banClient } from '../../src/domain/administration/apps/clients.ts';
import { administer, administrationOf } from '../administration.ts';
import {
  getTokens,
  introspect,
  startAuthorization,
  refresh,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { assertion, newKey, plantBackend, postAsserted, TOKEN } from '../keys.ts';
import { lockWaits } from '../lock-waits.ts';
import { GATEWAY_BASIC, startWorld, type World } from '../world.ts';
import { takeEvents } from '../events.ts';

describe('a ban', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const at = ({ client_id }: RegisteredApp, act: string) => `northwind/clients/${client_id}${act}`;
  const state = async (app: RegisteredApp, tokens: Record<string, string>) => {
    const page = await fetch(startAuthorization(world, app).url, { redirect: 'manual' });
    const { body: access } = await introspect(world, String(tokens['access_token']));
    const { body: renewed } = await refresh(world, app, String(tokens['refresh_token']));
    return [page.status, access['active'], renewed['error']];
  };

  it('O38: ends everything at once, notifies members and gateways, and can be lifted', async () => {
    const app = await registerApp(world);
    const tokens = await getTokens(world, app);
    const other = await registerApp(world);
    const untouched = await getTokens(world, other);
    const stream = await fetch(`${world.url}/internal/revocations`, {
      headers: { authorization: GATEWAY_BASIC },
    });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    await takeEvents(world);
    const banned = await administer(world, 'POST', at(app, '/ban'), { reason: 'sells data' });
    expect(banned.body).toMatchObject({ banned_at: expect.any(String), ban_reason: 'sells data' });
    expect(await state(app, tokens)).toEqual([400, false, 'invalid_client']);
    let heard = '';
    while (!heard.includes('clientId')) heard += (await reader?.read())?.value ?? '';
    expect(heard).toContain(`data: {"tenant":"northwind","clientId":"${app.client_id}"}`);
    await reader?.cancel();
    const events = await takeEvents(world);
    const [act] = events.filter(({ kind }) => kind === 'administration');
    const [ended] = events.filter(({ kind }) => kind === 'consent');
    const client = { id: app.client_id, name: 'Health Diary' };
    expect(act).toMatchObject({
      kind: 'administration',
      action: 'client-ban',
      client,
      user: { sub: 'ada' },
    });
    expect(act).not.toHaveProperty('member');
    expect(ended).toMatchObject({
      kind: 'consent',
      action: 'revoke',
      reason: 'plan',
      by: 'plan',
      member: 'maria',
      client,
      grantId: expect.any(String),
    });
    expect(ended).not.toHaveProperty('user');
    expect((await introspect(world, String(untouched['access_token']))).body['active']).toBe(true);

    const lifted = await administer(world, 'POST', at(app, '/unban'));
    expect(lifted.body).not.toHaveProperty('banned_at');
    expect(await state(app, tokens)).toEqual([303, false, 'invalid_grant']);
    expect(
      (await introspect(world, String((await getTokens(world, app))['access_token']))).body['active'],
    ).toBe(true);
  });

  it('is made again where Postgres has broken it off: it takes the app before the grants', async () => {
    const app = await registerApp(world);
    const tokens = await getTokens(world, app);
    const pool = await createPool(world.databaseUrl, { max: 2, ...COMMAND });
    const holder = await world.db.connect();
    await holder.query(`BEGIN; SET LOCAL deadlock_timeout = '1min'`);
    await holder.query('SELECT FROM consent WHERE client_id = $1 FOR UPDATE', [app.client_id]);
    const banned = banClient(administrationOf(pool), app.client_id, 'sells data');
    await waitUntil(async () => (await lockWaits(world)) > 0);
    await holder.query('SELECT FROM client WHERE id = $1 FOR UPDATE', [app.client_id]);
    await holder.query('COMMIT');
    holder.release();
    expect(await banned).toMatchObject({ ban_reason: 'sells data' });
    expect((await introspect(world, String(tokens['access_token']))).body['active']).toBe(false);
    await pool.end();
  });

  it('O38: ends the tokens of a backend service', async () => {
    const key = await newKey();
    const service = await plantBackend(world, { jwks: { keys: [key.jwk] } });
    const ask = async () => postAsserted(world, await assertion(world, service, key), TOKEN);
    const token = String((await ask()).body['access_token']);
    expect((await introspect(world, token)).body['active']).toBe(true);
    await administer(world, 'POST', `northwind/clients/${service}/ban`, {});
    expect((await introspect(world, token)).body).toEqual({ active: false });
    expect((await ask()).body['error']).toBe('invalid_client');
  });

  it('O38: stops the client from managing its registration', async () => {
    const app = (await registerApp(world)) as RegisteredApp & Record<string, string>;
    const own = { headers: { authorization: `Bearer ${app['registration_access_token']}` } };
    await administer(world, 'POST', at(app, '/ban'), {});
    expect((await fetch(String(app['registration_client_uri']), own)).status).toBe(401);
    await administer(world, 'POST', at(app, '/unban'));
    expect((await fetch(String(app['registration_client_uri']), own)).status).toBe(200);
  });

  it('O38: applies while a code is being redeemed', async () => {
    const app = await registerApp(world);
    const races = await Promise.all(
      Array.from(
        { length: 8 },
        async () => (await getTokens(world, app).catch(() => undefined))?.['access_token'],
      ),
    );
    const more = Array.from({ length: 4 }, () => getTokens(world, app).catch(() => undefined));
    await administer(world, 'POST', at(app, '/ban'), {});
    const late = (await Promise.all(more)).map((tokens) => tokens?.['access_token']);
    await administer(world, 'POST', at(app, '/unban'));
    for (const token of [...races, ...late].filter((given) => given !== undefined))
      expect((await introspect(world, token)).body).toEqual({ active: false });
  });
});
