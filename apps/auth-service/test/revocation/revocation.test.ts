import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { getTokens, introspect, post, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { takeEvents } from '../events.ts';
import { listenToRevocations } from './stream.ts';
import { GATEWAY_BASIC, NEXT_GATEWAY_BASIC, startWorld, tenantOf, type World } from '../world.ts';

const authorization = GATEWAY_BASIC;

describe('revocation', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  const revoke = (token: string, client = app.client_id) =>
    post(`${tenantOf(world).issuer}/revoke`, new URLSearchParams({ token, client_id: client }));

  it('SMART 99: of a refresh token ends its whole grant, and all listeners get a notice', async () => {
    const stream = await listenToRevocations(world);
    expect(stream.type).toBe('text/event-stream');
    const tokens = await getTokens(world, app);
    const { body: claims } = await introspect(world, tokens['access_token'] as string);
    expect((await revoke(tokens['refresh_token'] as string)).status).toBe(200);
    await stream.until(
      new RegExp(`data: {"tenant":"northwind","grantId":"${String(claims['grant_id'])}"}\n\n`),
    );
    expect((await introspect(world, tokens['access_token'] as string)).body).toEqual({ active: false });
    expect((await refresh(world, app, tokens['refresh_token'] as string)).status).toBe(400);
    const { rows } = await world.db.query('SELECT revoked_at FROM consent WHERE grant_id = $1', [
      claims['grant_id'],
    ]);
    expect(rows[0]).toMatchObject({ revoked_at: expect.any(Date) });
    await stream.until(/:keepalive\n\n/);
    await stream.end();
  });

  it('SMART 99: of a refresh token is in the trail once, or nothing has ended', async () => {
    const tokens = await getTokens(world, app);
    const [refreshToken, accessToken] = [tokens['refresh_token'] as string, tokens['access_token'] as string];
    const { body: claims } = await introspect(world, accessToken);
    await takeEvents(world);
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await revoke(refreshToken)).status).toBeGreaterThanOrEqual(500);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    expect((await introspect(world, accessToken)).body['active']).toBe(true);
    // Two at once, as of an app that has lost the answer.
    const again = await Promise.all([revoke(refreshToken), revoke(refreshToken)]);
    expect(again.map(({ status }) => status)).toEqual([200, 200]);
    expect((await introspect(world, accessToken)).body).toEqual({ active: false });
    const ends = (await takeEvents(world)).filter(({ action }) => action === 'revoke');
    expect(ends).toMatchObject([
      {
        ...{ kind: 'consent', outcome: '0', reason: 'app', by: 'app', member: 'maria' },
        ...{ grantId: claims['grant_id'], client: { id: app.client_id }, user: { sub: expect.any(String) } },
      },
    ]);
  });

  it('SMART 99: of an access token ends only this token', async () => {
    const stream = await listenToRevocations(world);
    const tokens = await getTokens(world, app);
    const { body: claims } = await introspect(world, tokens['access_token'] as string);
    expect((await revoke(tokens['access_token'] as string)).status).toBe(200);
    await stream.until(new RegExp(`"jti":"${String(claims['jti'])}"`));
    expect((await introspect(world, tokens['access_token'] as string)).body).toEqual({ active: false });
    expect((await refresh(world, app, tokens['refresh_token'] as string)).status).toBe(200);
    await stream.end();
  });

  it('SMART 99: of an access token is in the trail once, or the token is good still', async () => {
    const tokens = await getTokens(world, app);
    const accessToken = tokens['access_token'] as string;
    const { body: claims } = await introspect(world, accessToken);
    await takeEvents(world);
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await revoke(accessToken)).status).toBeGreaterThanOrEqual(500);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    expect((await introspect(world, accessToken)).body['active']).toBe(true);
    const again = await Promise.all([revoke(accessToken), revoke(accessToken)]);
    expect(again.map(({ status }) => status)).toEqual([200, 200]);
    expect((await introspect(world, accessToken)).body).toEqual({ active: false });
    expect((await takeEvents(world)).filter(({ action }) => action === 'revoke')).toMatchObject([
      {
        ...{ kind: 'token', outcome: '0', token: claims['jti'], grantId: claims['grant_id'] },
        ...{ member: 'maria', client: { id: app.client_id }, user: { sub: expect.any(String) } },
      },
    ]);
  });

  it('SMART 99: by another client has no effect', async () => {
    const other = await registerApp(world);
    const tokens = await getTokens(world, app);
    await revoke(tokens['access_token'] as string, other.client_id);
    expect((await introspect(world, tokens['access_token'] as string)).body['active']).toBe(true);
    expect((await revoke('nonsense')).status).toBe(200);
  });

  it('tells each gateway how many listen, at all replicas together', async () => {
    // One that listens at another replica, and one that is gone.
    await world.db.query(
      `INSERT INTO live_replica (service, id, expires_at)
       VALUES ('fhir-gateway', $1, now() + interval '1 hour'), ('fhir-gateway', $2, now())`,
      [randomUUID(), randomUUID()],
    );
    const id = randomUUID();
    const first = await listenToRevocations(world, id);
    await first.until(/event: replicas\ndata: 2\n\n/);
    const second = await listenToRevocations(world, randomUUID());
    const unnamed = await listenToRevocations(world);
    await first.until(/event: replicas\ndata: 3\n\n/);
    // It connects again, and is still one.
    const again = await listenToRevocations(world, id);
    await again.until(/event: replicas\ndata: 3\n\n/);
    await unnamed.until(/:keepalive/);
    expect(unnamed.text()).not.toContain('replicas');
    await Promise.all([first, second, unnamed, again].map((stream) => stream.end()));
    await world.db.query('DELETE FROM live_replica');
  });

  it('ends the stream if it may have missed a notice', async () => {
    const stream = await listenToRevocations(world);
    await world.db.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = 'auth'`,
    );
    await waitUntil(async () => {
      const again = await fetch(`${world.url}/internal/revocations`, { headers: { authorization } });
      await again.body?.cancel();
      return again.status === 200;
    });
    await stream.end();
    // Until the database is known to be the newest one again, everything else is 503.
    await waitUntil(async () => (await post(`${world.url}/internal/attempts`, {})).status === 401);
  });

  it.each([
    ['that is replaced', GATEWAY_BASIC],
    ['that replaces it', NEXT_GATEWAY_BASIC],
  ])('is sent to a gateway with the secret %s, which may introspect too', async (_name, credential) => {
    const headers = { authorization: credential };
    const stream = await fetch(`${world.url}/internal/revocations`, { headers });
    await stream.body?.cancel();
    const { access_token: token = '' } = await getTokens(world, app);
    const asked = await post(`${world.url}/internal/northwind/introspection`, { token }, headers);
    expect([stream.status, asked.status]).toEqual([200, 200]);
  });

  it.each([
    ['no credential', undefined],
    ['a wrong secret', `Basic ${Buffer.from('fhir-gateway:wrong').toString('base64')}`],
    ['a bearer token', 'Bearer x'],
  ])('is not sent to a listener with %s', async (_name, credential) => {
    const headers: Record<string, string> = credential ? { authorization: credential } : {};
    expect((await fetch(`${world.url}/internal/revocations`, { headers })).status).toBe(401);
    expect((await post(`${world.url}/internal/attempts`, {}, headers)).status).toBe(401);
    for (const path of ['/auth/internal/revocations', '/auth/northwind/oauth2/v1/internal/revocations']) {
      expect((await fetch(`${world.url}${path}`, { headers: { authorization: GATEWAY_BASIC } })).status).toBe(
        404,
      );
    }
  });
});
