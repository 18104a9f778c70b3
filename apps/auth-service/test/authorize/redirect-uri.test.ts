import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseRecord } from '@patient-access/events';
import { createPool, type Pool } from '@patient-access/database';
import { waitUntil } from '@patient-access/testing';
import { configureTenant } from '../../src/domain/administration/plans/tenants.ts';
import { startAuthorization, post, registerApp, type RegisteredApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('a redirect URI', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  /** Each request comes from another address, because only one event a minute is recorded for each address. */
  let sources = 0;
  async function open(url: string) {
    sources += 1;
    const headers = { 'x-forwarded-for': `203.0.113.${sources}`, accept: 'text/html' };
    return fetch(url, { redirect: 'manual', headers });
  }

  async function lastEvent() {
    const { rows } = await world.db.query<{ body: string }>(
      'WITH taken AS (DELETE FROM outbox RETURNING *) SELECT body FROM taken ORDER BY created_at DESC LIMIT 1',
    );
    const parsed = parseRecord(rows[0]?.body ?? '');
    return 'event' in parsed ? parsed.event : undefined;
  }

  it.each([
    ['a suffix', 'https://app.example/callbackX'],
    ['an additional slash', 'https://app.example/callback/'],
    ['a path below it', 'https://app.example/callback/evil'],
    ['a path above it', 'https://app.example/'],
    ['dots', 'https://app.example/callback/../evil'],
    ['dots that lead back', 'https://app.example/x/../callback'],
    ['encoded dots', 'https://app.example/%2e%2e/callback'],
    ['an encoded letter', 'https://app.example/%63allback'],
    ['the host in capitals', 'https://APP.example/callback'],
    ['the scheme in capitals', 'HTTPS://app.example/callback'],
    ['the path in capitals', 'https://app.example/Callback'],
    ['the default port', 'https://app.example:443/callback'],
    ['another port', 'https://app.example:8443/callback'],
    ['a user', 'https://app.example@evil.example/callback'],
    ['a user before the host', 'https://evil@app.example/callback'],
    ['a fragment', 'https://app.example/callback#evil'],
    ['a query', 'https://app.example/callback?evil=1'],
    ['an empty query', 'https://app.example/callback?'],
    ['a sub-domain', 'https://evil.app.example/callback'],
    ['a domain that begins alike', 'https://app.example.evil.example/callback'],
    ['plain HTTP', 'http://app.example/callback'],
    ['a homograph', 'https://\u0430pp.example/callback'],
    ['a homograph in Punycode', 'https://xn--pp-6kc.example/callback'],
    ['backslashes', 'https:\\\\app.example\\callback'],
    ['a backslash before the host', 'https://evil.example\\@app.example/callback'],
    ['a trailing dot', 'https://app.example./callback'],
    ['a space', 'https://app.example/callback '],
    ['a line break', 'https://app.example/callback\r\nLocation: https://evil.example'],
    ['no scheme', '//app.example/callback'],
    ['a script', 'javascript:alert(1)//https://app.example/callback'],
    ['nothing', ''],
  ])('O01: with %s gets an error page and no redirect, and is recorded', async (_what, redirect_uri) => {
    const answer = await open(startAuthorization(world, app, { redirect_uri }).url);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(answer.headers.get('content-type')).toMatch(/text\/html/);
    expect(await answer.text()).toContain(answer.headers.get('x-request-id') as string);
    expect(await lastEvent()).toMatchObject({
      kind: 'authorization',
      action: 'refuse',
      outcome: '8',
      client: { id: app.client_id },
      requestId: answer.headers.get('x-request-id'),
    });
  });

  it.each([
    ['the registered one first', [undefined, 'https://evil.example/']],
    ['the registered one last', ['https://evil.example/', undefined]],
    ['the registered one twice', [undefined, undefined]],
  ])('O01: that is given twice (%s) gets an error page too', async (_what, uris) => {
    const url = new URL(startAuthorization(world, app).url);
    url.searchParams.delete('redirect_uri');
    for (const uri of uris) url.searchParams.append('redirect_uri', uri ?? app.redirect_uri);
    const answer = await open(url.href);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(await lastEvent()).toMatchObject({ kind: 'authorization', reason: 'invalid-request' });
  });

  it('O01: is accepted exactly as it was registered', async () => {
    const answer = await open(startAuthorization(world, app).url);
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      expect.stringMatching(/interaction/),
    ]);
  });

  it('A16: that is wrong causes one event a minute for each address', async () => {
    await world.db.query('DELETE FROM outbox');
    const { url } = startAuthorization(world, app, { redirect_uri: 'https://evil.example/' });
    for (let attempt = 0; attempt < 5; attempt += 1)
      await fetch(url, { headers: { 'x-forwarded-for': '198.51.100.7' } });
    const { rows } = await world.db.query('SELECT count(*)::int AS n FROM outbox');
    // Two events, if the minute of the clock changes in between.
    expect(rows[0].n).toBeLessThanOrEqual(2);
  });

  describe('of a native app', () => {
    const MINE = 'http://127.0.0.1:1234/callback';
    const status = async (client: RegisteredApp, redirect_uri: string) =>
      (await open(startAuthorization(world, client, { redirect_uri }).url)).status;

    it('O01: may differ from the registered one by the port, on loopback only', async () => {
      const native = await registerApp(world, { redirect_uris: [MINE] });
      expect(native).toMatchObject({ application_type: 'native' });
      expect(await status(native, 'http://127.0.0.1:65000/callback')).toBe(303);
      for (const uri of [
        'http://127.0.0.1:65000/callback/',
        'http://127.0.0.2:1234/callback',
        'http://localhost:1234/callback',
        'https://127.0.0.1:1234/callback',
        'http://127.0.0.1.evil.example:1234/callback',
        'http://127.0.0.1:1234@evil.example/callback',
      ]) {
        expect([uri, await status(native, uri)]).toEqual([uri, 400]);
      }
    });

    it.each([
      ['com.example.app:/callback', undefined, 201],
      ['com.example.app://callback', undefined, 201],
      ['http://[::1]/callback', 'native', 201],
      ['http://localhost:8080/callback', 'native', 201],
      ['http://localhost:8080/callback', 'web', 201],
      ['app:/callback', undefined, 400],
      ['http://192.168.1.1/callback', 'native', 400],
      ['https://localhost/callback', 'native', 400],
      ['http://127.1/callback', 'native', 400],
      ['file:///callback', 'native', 400],
      ['javascript:alert(1)', 'native', 400],
      ['intent:x', 'native', 400],
    ])('O01: at %s (%s) is registered: %i', async (uri, application_type, expected) => {
      const metadata = { redirect_uris: [uri], application_type };
      expect((await post(`${tenantOf(world).issuer}/register`, metadata)).status).toBe(expected);
    });

    it('O01: is refused when the plan allows no native apps, even if it was registered before', async () => {
      const native = await registerApp(world, { redirect_uris: [MINE] }, 'lakeside');
      expect(await status(native, MINE)).toBe(303);
      const pool: Pool = await createPool(world.databaseUrl, { max: 2 });
      await configureTenant(pool, 'lakeside', {});
      await waitUntil(async () => (await status(native, MINE)) === 400);
      await pool.end();
      const another = await post(`${tenantOf(world, 'lakeside').issuer}/register`, { redirect_uris: [MINE] });
      expect([another.status, another.body['error']]).toEqual([400, 'invalid_redirect_uri']);
    });
  });
});
