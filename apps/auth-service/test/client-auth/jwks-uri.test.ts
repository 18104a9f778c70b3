import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { post, REDIRECT } from '../app.ts';
import {
  allowLoopback,
  assertion,
  type Key,
  type KeyServer,
  newKey,
  plantBackend,
  postAsserted,
  startKeyServer,
  TOKEN,
} from '../keys.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const FLOOD = 200;

describe('a key set at a jwks_uri', () => {
  let world: World;
  let published: KeyServer;
  let key: Key;
  beforeAll(async () => {
    world = await startWorld();
    for (const tenant of ['northwind', 'strict']) await allowLoopback(world, tenant);
    key = await newKey();
  }, 60_000);
  afterAll(() => world?.stop());
  beforeEach(async () => {
    await published?.stop();
    published = await startKeyServer();
    published.keys = [key.jwk];
  });
  afterAll(() => published?.stop());

  const plant = (tenant?: string) => plantBackend(world, { jwks_uri: published.url }, {}, tenant);
  const ask = async (id: string, signer: Key = key, tenant = 'northwind') =>
    (await postAsserted(world, await assertion(world, id, signer, {}, tenant), TOKEN, 'token', tenant))
      .status;

  it('SMART 81, 88: is fetched as JSON when it is needed, and cached as long as Cache-Control allows', async () => {
    published.headers = { 'cache-control': 'public, max-age=60' };
    const id = await plant();
    expect([await ask(id), await ask(id), await ask(id)]).toEqual([200, 200, 200]);
    expect(published.requests).toHaveLength(1);
    expect(published.requests[0]?.['accept']).toBe('application/json');
    for (const name of ['authorization', 'cookie', 'x-forwarded-for'])
      expect(published.requests[0]).not.toHaveProperty(name);
  });

  it.each(['no-store', 'no-cache', 'max-age=0', 'max-age=1'])(
    'SMART 88: is not cached beyond Cache-Control %s, so a withdrawn key is refused',
    async (control) => {
      published.headers = { 'cache-control': control };
      const id = await plant();
      expect(await ask(id)).toBe(200);
      published.keys = [];
      if (control === 'max-age=1') await new Promise((resolve) => setTimeout(resolve, 1_050));
      expect(await ask(id)).toBe(401);
    },
  );

  it('SMART 88: is not cached longer because of its Age or Expires header', async () => {
    const spellings: Record<string, string>[] = [
      { 'cache-control': 'max-age=60', age: '60' },
      { expires: new Date(Date.now() - 1_000).toUTCString() },
      { expires: '0' },
    ];
    for (const headers of spellings) {
      const jwks_uri = `${published.url}?${new URLSearchParams(headers)}`;
      const id = await plantBackend(world, { jwks_uri });
      published.headers = headers;
      published.requests.length = 0;
      expect([await ask(id), await ask(id)]).toEqual([200, 200]);
      expect(published.requests).toHaveLength(2);
    }
  });

  it('authenticates nobody with a stale set when the new one cannot be fetched', async () => {
    published.headers = { 'cache-control': 'no-store' };
    const id = await plant();
    expect(await ask(id)).toBe(200);
    for (const [status, body] of [
      [500, '{"keys":[]}'],
      [200, 'nonsense'],
      [200, '{"keys":{}}'],
      [200, `{"keys":[],"x":"${'x'.repeat(65 * 1024)}"}`],
      [304, ''],
    ] as const) {
      published.answer = (response) => void response.writeHead(status).end(body);
      expect(await ask(id)).toBe(401);
    }
    published.answer = (response) => void response.writeHead(302, { location: published.url }).end();
    published.requests.length = 0;
    expect(await ask(id)).toBe(401);
    expect(published.requests).toHaveLength(1);
    published.answer = undefined;
    expect(await ask(id)).toBe(200);
  });

  it('is named as what is wrong where it cannot be fetched', async () => {
    published.answer = (response) => void response.writeHead(500).end();
    const id = await plant();
    const { body } = await postAsserted(world, await assertion(world, id, key), TOKEN);
    expect(body['error_description']).toMatch(/^The keys at the registered jwks_uri cannot be fetched\. /);
    const again = await postAsserted(world, await assertion(world, id, key), TOKEN);
    expect(again.body['error_description']).toMatch(/asked at most once in 30 seconds\.$/);
  });

  it('S16: is fetched once for a flood of unknown keys', async () => {
    const id = await plant();
    expect(await ask(id)).toBe(200);
    const random = await newKey();
    const flood = Array.from({ length: FLOOD }, (_, at) => ask(id, { ...random, kid: `random-${at}` }));
    expect(new Set(await Promise.all(flood))).toEqual(new Set([401]));
    expect(published.requests.length).toBe(1);
    expect(await ask(id)).toBe(200);
  });

  it('S16: is requested once by a flood while no answer comes', async () => {
    published.answer = (response) => void response.destroy();
    const id = await plant();
    const statuses = await Promise.all(Array.from({ length: FLOOD }, () => ask(id)));
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(published.requests.length).toBe(1);
  });

  it('SMART 87: is the only set that jku may name', async () => {
    const id = await plant();
    const withJku = async (jku: string) =>
      (await postAsserted(world, await assertion(world, id, key, { header: { jku } }), TOKEN)).status;
    expect(await withJku(published.url)).toBe(200);
    for (const jku of [
      `${published.url}?x=1`,
      published.url.replace('127.0.0.1', 'localhost'),
      'https://x.example',
    ])
      expect(await withJku(jku)).toBe(401);
    expect(published.requests).toHaveLength(1);
  });

  it('O19: is fetched from this machine only by a preview tenant that allows it', async () => {
    expect(await ask(await plant('northwind'), key, 'northwind')).toBe(200);
    const { connections } = published;
    for (const tenant of ['lakeside', 'strict'])
      expect(await ask(await plant(tenant), key, tenant)).toBe(401);
    expect(published.connections).toBe(connections);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://169.254.169.254/',
    'https://10.0.0.1/jwks',
    'https://[::ffff:127.0.0.1]/jwks',
    'https://[fd00::1]/jwks',
    'https://2886729729/jwks',
    'http://example.com/jwks',
    'https://user:secret@example.com/jwks',
    'https://example.com/jwks#x',
    'file:///etc/passwd',
    'jwks',
    7,
  ])('O17: cannot be registered at %s', async (jwks_uri) => {
    for (const tenant of ['northwind', 'lakeside']) {
      const metadata = { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'private_key_jwt', jwks_uri };
      const { status, body } = await post(`${tenantOf(world, tenant).issuer}/register`, metadata);
      expect([status, body['error']]).toEqual([400, 'invalid_client_metadata']);
    }
  });

  it('O17: can be registered on this machine where the tenant allows it', async () => {
    const metadata = {
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: published.url,
    };
    const register = (tenant: string) => post(`${tenantOf(world, tenant).issuer}/register`, metadata);
    expect((await register('northwind')).status).toBe(201);
    expect((await register('lakeside')).status).toBe(400);
    expect(published.connections).toBe(0);
  });

  it('O18: request objects are neither read nor fetched', async () => {
    const { issuer } = tenantOf(world);
    const metadata = { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' };
    const { body } = await post(`${issuer}/register`, metadata);
    const base = { client_id: String(body['client_id']), response_type: 'code', redirect_uri: REDIRECT };
    for (const [name, value] of [
      ['request_uri', published.url],
      ['request', 'a.b.c'],
    ] as const) {
      const query = new URLSearchParams({ ...base, [name]: value });
      const response = await fetch(`${issuer}/authorize?${query}`, { redirect: 'manual' });
      expect(response.headers.get('location') ?? (await response.text())).toContain(`${name}_not_supported`);
    }
    expect(published.connections).toBe(0);
  });
});
