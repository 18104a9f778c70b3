import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { asApp, asOwner, NORTHWIND_BASE, newToken, type Received, startWorld, type World } from '../world.ts';

const CLAIMING = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  'x-original-url': '/internal',
  forwarded: 'for=203.0.113.9;host=evil.example',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=evil.example',
  baggage: 'who=evil.example',
  'x-request-id': '00000000-0000-4000-8000-000000000000',
};

describe('headers', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    token = newToken(world);
  });
  afterEach(() => {
    world.owner.handle = asOwner;
  });
  afterAll(() => world?.stop());

  const last = ({ received }: { received: Received[] }) => received.at(-1) as Received;

  it('D24: of an app do not reach an owner, except those for content negotiation', async () => {
    await asApp(world, token, 'Observation/1', {
      headers: {
        ...CLAIMING,
        accept: 'application/json',
        prefer: 'handling=strict',
        'accept-encoding': 'gzip',
        cookie: 'session=1',
        'x-response-subject': 'northwind/ben',
        'x-anything': 'else',
      },
    });
    const { headers } = last(world.owner);
    expect(headers).toMatchObject({
      accept: 'application/json',
      prefer: 'handling=strict',
      'accept-encoding': 'gzip',
      'x-forwarded-for': '127.0.0.1',
    });
    const allowed = [
      'accept',
      'prefer',
      'accept-encoding',
      'x-forwarded-for',
      'authorization',
      'x-request-id',
      'host',
      'connection',
    ];
    expect(Object.keys(headers).filter((name) => !allowed.includes(name))).toEqual([]);
    expect(headers['x-request-id']).not.toBe(CLAIMING['x-request-id']);
  });

  it('D24: with the app’s token do not reach an owner, which gets the introspection JWT instead', async () => {
    await asApp(world, token, 'Observation/1');
    const { headers, rawHeaders } = last(world.owner);
    expect(rawHeaders.join()).not.toContain(token);
    expect(headers.authorization).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('D24: of our own proxies do not reach auth-service when a client sends them', async () => {
    await ask(world.url, '/auth/northwind/oauth2/v1/token', {
      headers: CLAIMING,
    });
    const { headers } = last(world.auth);
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
    expect(headers['x-request-id']).not.toBe(CLAIMING['x-request-id']);
    const proxies = ['x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-original-url'];
    for (const name of [...proxies, 'traceparent', 'tracestate', 'baggage'])
      expect(headers).not.toHaveProperty(name);
    expect(JSON.stringify(headers)).not.toContain('evil.example');
  });

  it('of an app reach auth-service', async () => {
    const body = 'grant_type=x';
    const headers = {
      authorization: 'Basic YXBwOnNlY3JldA==',
      'content-type': 'application/x-www-form-urlencoded',
      cookie: 'a=b',
    };
    await ask(world.url, '/auth/northwind/oauth2/v1/token?x=%20y', { method: 'POST', headers, body });
    expect(last(world.auth)).toMatchObject({
      method: 'POST',
      url: '/auth/northwind/oauth2/v1/token?x=%20y',
      body,
      headers,
    });
  });

  it('for one connection are not passed on, in both directions (RFC 9110 section 7.6.1)', async () => {
    const connection = 'keep-alive, x-only-here';
    await ask(world.url, '/auth/x', {
      headers: {
        connection,
        'x-only-here': '1',
        te: 'trailers',
        'proxy-authorization': 'Basic x',
        'keep-alive': '5',
      },
    });
    for (const name of ['x-only-here', 'te', 'proxy-authorization', 'keep-alive'])
      expect(last(world.auth).headers).not.toHaveProperty(name);
    world.owner.handle = (request, response) => {
      response.setHeader('connection', connection);
      response.setHeader('x-only-here', '1');
      response.setHeader('proxy-authenticate', 'Basic');
      asOwner(request, response);
    };
    const { status, headers } = await asApp(world, token, 'Observation/1');
    expect(status).toBe(200);
    for (const name of ['x-only-here', 'proxy-authenticate']) expect(headers).not.toHaveProperty(name);
  });

  it('such as Expect, or with a wrong length, do no harm', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const post = (headers: Record<string, string>, body?: string) =>
      ask(world.url, '/auth/northwind/oauth2/v1/token', {
        method: 'POST',
        headers: { ...form, ...headers },
        body,
      });
    expect((await post({ expect: '100-continue' }, 'a=b')).status).toBe(200);
    expect((await post({ 'transfer-encoding': 'chunked' }, 'a=b')).status).toBe(200);
    expect(last(world.auth).body).toBe('a=b');
    expect(
      (await ask(world.url, '/auth/x', { headers: { 'content-length': '3' }, body: 'a=b' })).status,
    ).toBe(200);
    expect(
      (await asApp(world, token, 'Observation/1', { headers: { 'content-length': '3' }, body: 'a=b' }))
        .status,
    ).toBe(200);
  });

  it.each([
    'evil.example',
    'plan.example.evil.example',
    'plan.example:80',
    'plan.example:8443',
    'xn--pln-gla.example',
    'localhost.evil.example',
  ])('F49: that name the host %s are refused on every path', async (host) => {
    world.owner.received.length = 0;
    for (const path of [
      `${NORTHWIND_BASE}/Observation/1`,
      `${NORTHWIND_BASE}/metadata`,
      '/auth/northwind/oauth2/v1/token',
      '/',
    ]) {
      const { status, text } = await ask(world.url, path, {
        headers: { authorization: `Bearer ${token}`, host },
      });
      expect([path, status, text.includes('evil')]).toEqual([path, 421, false]);
    }
    expect(world.owner.received).toEqual([]);
  });

  it('F49: that name the public host or this machine are accepted, and links use the configured host', async () => {
    for (const host of ['plan.example', 'PLAN.example', 'plan.example:443', 'localhost:1', '127.0.0.1']) {
      const { status, text } = await ask(world.url, `${NORTHWIND_BASE}/metadata`, {
        headers: { host, 'x-forwarded-host': 'evil.example' },
      });
      const { implementation } = JSON.parse(text) as { implementation: { url: string } };
      expect([host, status, implementation.url]).toEqual([
        host,
        200,
        `https://plan.example${NORTHWIND_BASE}`,
      ]);
    }
  });

  it('with a request id echo the client’s id if it is valid, beside ours', async () => {
    const idsOf = async (path: string, given: string) => {
      const { headers } = await ask(world.url, path, {
        headers: { authorization: `Bearer ${token}`, 'x-request-id': given },
      });
      return [headers['x-request-id'], headers['x-correlation-id']];
    };
    for (const path of [
      `${NORTHWIND_BASE}/Observation/1`,
      `${NORTHWIND_BASE}/metadata`,
      `${NORTHWIND_BASE}/nothing/here`,
      '/docs/errors',
    ]) {
      const [ours, theirs] = await idsOf(path, 'App-7:call_1.2');
      expect([path, ours, theirs]).toEqual([
        path,
        expect.stringMatching(/^[0-9a-f-]{36}$/),
        'App-7:call_1.2',
      ]);
      for (const unfit of ['a b', '<script>', 'x'.repeat(129), 'ä', ''])
        expect([unfit, (await idsOf(path, unfit))[1]]).toEqual([unfit, undefined]);
    }
    expect(JSON.stringify(last(world.owner).headers)).not.toContain('App-7');
  });

  it('with a request id of ours sort by time', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      ids.push(String((await asApp(world, token, 'Observation/1')).headers['x-request-id']));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  // The last two tests: each starts another gateway, which takes over the stream of revocations.
  it('with the client’s address are believed only from a trusted proxy', async () => {
    const behind = await startWorld({ TRUSTED_PROXIES: '127.0.0.1' });
    await asApp(behind, newToken(behind), 'Observation/1', { headers: { 'x-forwarded-for': '203.0.113.9' } });
    const forwarded = last(behind.owner).headers['x-forwarded-for'];
    await behind.stop();
    expect(forwarded).toBe('203.0.113.9');
  });

  it('with the client’s address may name the port of each connection, too', async () => {
    const behind = await startWorld({ TRUSTED_PROXIES: '127.0.0.1,fd00::/8' });
    const forwardedOf = async (given: string) => {
      await asApp(behind, newToken(behind), 'Observation/1', { headers: { 'x-forwarded-for': given } });
      return last(behind.owner).headers['x-forwarded-for'];
    };
    const cases = [
      ['203.0.113.9:51234', '203.0.113.9'],
      ['[2001:db8::1]:51234', '2001:db8::1'],
      ['[2001:db8::1]', '2001:db8::1'],
      ['2001:db8::1', '2001:db8::1'],
      ['198.51.100.1:1, 203.0.113.9:51234, 127.0.0.1:8443', '203.0.113.9'],
      ['203.0.113.9:51234,[fd00::2]:8443', '203.0.113.9'],
      ['203.0.113.9:port', '203.0.113.9:port'],
    ] as const;
    for (const [given, wanted] of cases) expect([given, await forwardedOf(given)]).toEqual([given, wanted]);
    await behind.stop();
  });
});
