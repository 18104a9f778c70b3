import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import { getTokens, introspect, registerApp, type RegisteredApp } from '../app.ts';
import { takeEvents } from '../events.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { isActiveToken, noticesDuring, refreshed, SCOPE, tokensOf, toSandbox, type Tokens } from './world.ts';

/** More requests than the service has connections. A waiting request must not hold a connection that others need. */
const AT_ONCE = 40;

describe('the sandbox of a preview tenant', () => {
  let world: World;
  let app: RegisteredApp;
  let tokens: Tokens;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 90_000);
  afterAll(() => world?.stop());
  beforeEach(async () => {
    tokens = await tokensOf(world, app);
    await takeEvents(world);
  });

  const grantOf = async (token: string) => String((await introspect(world, token)).body['grant_id']);

  it('expires an access token, which can be refreshed', async () => {
    const { body: claims } = await introspect(world, tokens.access);
    let answer: unknown;
    const notices = await noticesDuring(world, async () => {
      answer = (await toSandbox(world, 'expire-token', tokens.access)).body;
    });
    expect(answer).toEqual({ active: false });
    expect(notices).toContain(JSON.stringify({ tenant: 'northwind', jti: claims['jti'] }));
    expect(await isActiveToken(world, tokens.access)).toBe(false);
    const again = await refreshed(world, app, tokens);
    expect([again.status, await isActiveToken(world, String(again.body['access_token']))]).toEqual([
      200,
      true,
    ]);
    expect((await takeEvents(world))[0]).toMatchObject({
      kind: 'administration',
      action: 'sandbox-expire-token',
      outcome: '0',
      by: 'app',
      token: claims['jti'],
      grantId: claims['grant_id'],
      member: 'maria',
      client: { id: app.client_id },
    });
  });

  it('has its event in the trail of the member, also for an app that learns only who logs in', async () => {
    const { access_token: token = '' } = await getTokens(world, app, { scope: 'openid fhirUser' });
    await takeEvents(world);
    expect((await toSandbox(world, 'expire-token', token)).body).toEqual({ active: false });
    expect((await takeEvents(world))[0]).toMatchObject({
      action: 'sandbox-expire-token',
      member: 'maria',
      released: [],
    });
  });

  it('revokes the grant of the token, and no other of the same app and member', async () => {
    const other = await tokensOf(world, app);
    const grantId = await grantOf(tokens.access);
    await takeEvents(world);
    const notices = await noticesDuring(world, () => toSandbox(world, 'revoke-grant', tokens.access));
    expect(notices).toContain(JSON.stringify({ tenant: 'northwind', grantId }));
    expect(await isActiveToken(world, tokens.access)).toBe(false);
    const again = await refreshed(world, app, tokens);
    expect([again.status, again.body['error']]).toEqual([400, 'invalid_grant']);
    expect(await isActiveToken(world, other.access)).toBe(true);
    const events = await takeEvents(world);
    expect(events.map(({ kind, action, by }) => `${kind} ${action} ${by}`).sort()).toEqual([
      'administration sandbox-revoke-grant app',
      'consent revoke app',
    ]);
  });

  it('drops a scope from the token and its grant, and the next refresh says so', async () => {
    const grantId = await grantOf(tokens.access);
    const scope = 'launch/patient offline_access patient/Coverage.rs';
    let answer: unknown;
    const notices = await noticesDuring(world, async () => {
      const form = { scope: 'patient/Observation.rs' };
      answer = (await toSandbox(world, 'drop-scope', tokens.access, form)).body;
    });
    expect(answer).toEqual({ scope });
    expect(notices).toContain(JSON.stringify({ tenant: 'northwind', grantId }));
    expect((await introspect(world, tokens.access)).body['scope']).toBe(scope);
    const again = await refreshed(world, app, tokens);
    expect([again.status, again.body['scope']]).toEqual([200, scope]);
    expect((await introspect(world, String(again.body['access_token']))).body['scope']).toBe(scope);
    expect((await takeEvents(world))[0]).toMatchObject({ action: 'sandbox-drop-scope', grantId, scope });
  });

  it.each([
    ['a scope that the token does not have', 'patient/Condition.rs'],
    ['a part of a scope', 'patient/Observation.r'],
    ['the scope that refreshing depends on', 'offline_access'],
  ])('does not drop %s', async (_what, scope) => {
    const { status, body } = await toSandbox(world, 'drop-scope', tokens.access, { scope });
    expect([status, body['error']]).toEqual([400, 'invalid_scope']);
    expect((await introspect(world, tokens.access)).body['scope']).toBe(SCOPE);
    expect(await takeEvents(world)).toEqual([]);
  });

  it.each([
    ['throttle', { seconds: '601' }],
    ['throttle', { seconds: '0' }],
    ['throttle', { seconds: 'x' }],
    ['throttle', { count: '0' }],
    ['slow', {}],
    ['slow', { milliseconds: '20001' }],
    ['slow', { milliseconds: '5', seconds: '601' }],
    ['drop-scope', {}],
    ['throttle', { second: '5' }],
    ['slow', { milliseconds: '5', count: '1' }],
  ] as [string, Record<string, string>][])('refuses %s with %j', async (name, form) => {
    const { status, body } = await toSandbox(world, name, tokens.access, form);
    expect([status, body['error']]).toEqual([400, 'invalid_request']);
    expect(await takeEvents(world)).toEqual([]);
  });

  it('takes parameters as a form alone, and a body without any as none', async () => {
    const send = async (fault: string, body: object) => {
      const response = await fetch(`${world.address}/auth/northwind/sandbox/${fault}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.access}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return [response.status, ((await response.json()) as { error?: string }).error];
    };
    expect(await send('throttle', { count: 3 })).toEqual([400, 'invalid_request']);
    expect(await takeEvents(world)).toEqual([]);
    expect(await send('clear', {})).toEqual([200, undefined]);
  });

  it('needs a valid access token, and has no other paths', async () => {
    for (const token of ['', 'never-issued-0123456789', tokens.refresh]) {
      const { status, headers, body } = await toSandbox(world, 'expire-token', token);
      expect([status, body['error']]).toEqual([401, 'invalid_token']);
      const error = token && ', error="invalid_token"';
      expect(headers.get('www-authenticate')).toBe(`Bearer realm="sandbox"${error}`);
    }
    expect((await toSandbox(world, 'explode', tokens.access)).status).toBe(404);
    expect((await toSandbox(world, 'expire-token', tokens.access, {}, { method: 'DELETE' })).status).toBe(
      404,
    );
    const elsewhere = await toSandbox(world, 'expire-token', tokens.access, {}, { tenant: 'lakeside' });
    expect(elsewhere.status).toBe(401);
    expect(await isActiveToken(world, tokens.access)).toBe(true);
  });

  it('rotates the keys, once a minute at most for all apps of the tenant', async () => {
    const keys = async () => {
      const response = await fetch(`${tenantOf(world).issuer}/keys`);
      return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    };
    const before = await keys();
    const atOnce = Array.from({ length: AT_ONCE }, () => toSandbox(world, 'rotate-keys', tokens.access));
    const [rotated, ...refused] = (await Promise.all(atOnce)).sort((a, b) => a.status - b.status);
    expect([rotated?.status, ...new Set(refused.map(({ status }) => status))]).toEqual([200, 429]);
    const { body = {} } = rotated ?? {};
    const wait = Date.parse(String(body['signs_from'])) - Date.now();
    expect([wait > 30_000, wait < 60_000]).toEqual([true, true]);
    await waitUntil(async () => (await keys()).length > before.length);
    const after = await keys();
    expect([after.length, after]).toEqual([before.length + 2, expect.arrayContaining(before)]);
    const other = await tokensOf(world, await registerApp(world));
    const again = await toSandbox(world, 'rotate-keys', other.access);
    expect([again.status, again.headers.get('retry-after')]).toEqual([429, '60']);
    const actions = (await takeEvents(world)).map(({ action }) => action);
    expect(actions.filter((action) => action === 'sandbox-rotate-keys')).toHaveLength(1);
  });

  it('records each act, and does not act when it cannot record', async () => {
    await world.db.query('ALTER TABLE outbox RENAME TO outbox_away');
    try {
      expect((await toSandbox(world, 'expire-token', tokens.access)).status).toBe(500);
    } finally {
      await world.db.query('ALTER TABLE outbox_away RENAME TO outbox');
    }
    expect(await isActiveToken(world, tokens.access)).toBe(true);
  });
});
