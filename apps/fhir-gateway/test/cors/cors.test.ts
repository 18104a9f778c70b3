import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, waitUntil } from '@patient-access/testing';
import { asApp, NORTHWIND_BASE, newToken, ORIGIN, startWorld, type World } from '../world.ts';

const OTHERS = [
  'https://evil.example',
  'null',
  'https://sub.app.example',
  'http://app.example',
  `${ORIGIN}:444`,
];
/** What a client adds to each of its requests to a FHIR base. */
const OF_THE_API = ['DPoP', 'Prefer', 'If-None-Match', 'If-Modified-Since'];
const PREFLIGHT = {
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'authorization',
};

describe('SMART 100: pages of other origins', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    token = newToken(world);
  });
  afterAll(() => world?.stop());

  it.each(['metadata', '.well-known/smart-configuration'])(
    'SMART 100: may read %s from any origin',
    async (path) => {
      const { status, headers } = await ask(world.url, `${NORTHWIND_BASE}/${path}`, {
        headers: { origin: ORIGIN },
      });
      expect([status, headers['access-control-allow-origin']]).toEqual([200, '*']);
    },
  );

  it('SMART 100: may call the FHIR API from a registered origin, and read answers and refusals', async () => {
    const answer = await asApp(world, token, 'Observation/1', { headers: { origin: ORIGIN } });
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': ORIGIN });
    expect(answer.headers['access-control-expose-headers']).toContain('X-Request-ID');
    const refused = await ask(world.url, `${NORTHWIND_BASE}/Observation/1`, { headers: { origin: ORIGIN } });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([401, ORIGIN]);
  });

  it('SMART 100: can read that a URL is too long, and that a body is compressed', async () => {
    const long = `Observation?code=${'x'.repeat(16_000)}`;
    const preflight = await ask(world.url, `${NORTHWIND_BASE}/${long}`, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, ...PREFLIGHT },
    });
    const refused = [
      await asApp(world, token, long, { headers: { origin: ORIGIN } }),
      await asApp(world, token, 'Observation/_search', {
        method: 'POST',
        headers: { origin: ORIGIN, 'content-encoding': 'gzip' },
      }),
    ];
    expect([preflight, ...refused].map(({ status }) => status)).toEqual([204, 414, 415]);
    for (const { headers } of [preflight, ...refused])
      expect(headers['access-control-allow-origin']).toBe(ORIGIN);
  });

  it('SMART 100: get an answer to the preflight from a registered origin, before the token is sent', async () => {
    const answer = await ask(world.url, `${NORTHWIND_BASE}/Observation`, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, ...PREFLIGHT },
    });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([204, ORIGIN]);
    expect(answer.headers['access-control-allow-headers']).toContain('Authorization');
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each(OTHERS)('F50: get no CORS headers from %s', async (origin) => {
    const read = await asApp(world, token, 'Observation/1', { headers: { origin } });
    const preflight = await ask(world.url, `${NORTHWIND_BASE}/Observation`, {
      method: 'OPTIONS',
      headers: { origin, ...PREFLIGHT },
    });
    expect(preflight.status).toBe(401);
    for (const { headers } of [read, preflight])
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each([
    '/auth/northwind/oauth2/v1/register',
    '/auth/northwind/oauth2/v1/register/some-id',
    '/auth/preview/sandbox/slow',
    '/auth/preview/card-link/x',
  ])('any may begin at %s, which takes no cookie', async (path) => {
    const preflight = await ask(world.url, path, {
      method: 'OPTIONS',
      headers: { origin: 'https://new.example', ...PREFLIGHT, 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
    expect(preflight.headers['access-control-allow-headers']).toContain('Content-Type');
    const answer = await ask(world.url, path, { method: 'POST', headers: { origin: 'https://new.example' } });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each([
    '/auth/northwind/oauth2/v1/keys',
    '/auth/northwind/oauth2/v1/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server/auth/northwind/oauth2/v1',
    '/docs/errors',
    '/auth/brands',
    '/auth/northwind/brands',
    '/auth/northwind/scorecard',
    '/auth/northwind/smart-style/a.json',
  ])('SMART 100: may read %s from any origin', async (path) => {
    const headers = { origin: 'https://new.example' };
    const answer = await ask(world.url, path, { headers });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, '*']);
    const preflight = await ask(world.url, path, {
      method: 'OPTIONS',
      headers: { ...headers, ...PREFLIGHT },
    });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each(['/auth/northwind/oauth2/v1/keys', '/docs/errors', `${NORTHWIND_BASE}/metadata`])(
    'SMART 100: say of %s that any may read it, also in an answer to no page, which a cache may give to one',
    async (path) => {
      const { status, headers } = await ask(world.url, path);
      expect([status, headers['access-control-allow-origin']]).toEqual([200, '*']);
    },
  );

  it.each([
    'metadata',
    '.well-known/smart-configuration',
    'openapi.json',
    'OperationDefinition/Coverage-benefit-balance',
  ])(
    'SMART 100: of any origin get an answer to the preflight of %s, whatever their library adds to a request',
    async (path) => {
      const origin = 'https://new.example';
      const preflight = await ask(world.url, `${NORTHWIND_BASE}/${path}`, {
        method: 'OPTIONS',
        headers: { origin, ...PREFLIGHT, 'access-control-request-headers': 'cache-control,x-requested-with' },
      });
      expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*']);
      for (const name of ['Cache-Control', 'X-Requested-With', 'Accept', ...OF_THE_API])
        expect(preflight.headers['access-control-allow-headers']).toContain(name);
    },
  );

  it('F50: no other page of the authorization server is open to another origin', async () => {
    for (const path of [
      '/auth/northwind/apps',
      '/auth/northwind/oauth2/v1/registerx',
      '/auth/northwind/interaction/x',
    ]) {
      const { headers } = await ask(world.url, path, { headers: { origin: ORIGIN } });
      expect([path, headers['access-control-allow-origin']]).toEqual([path, undefined]);
    }
  });

  it('an origin that was refused may call soon after it has registered', async () => {
    const origin = 'https://late.example';
    const call = async () =>
      (await asApp(world, token, 'Observation/1', { headers: { origin } })).headers[
        'access-control-allow-origin'
      ];
    expect(await call()).toBeUndefined();
    const { handle } = world.auth;
    world.auth.handle = (request, response) =>
      request.url.endsWith(encodeURIComponent(origin))
        ? response.writeHead(204).end()
        : handle(request, response);
    await waitUntil(async () => (await call()) === origin, { withinMs: 5_000 });
    world.auth.handle = handle;
  });

  it('can read what tells them when to come again and what a file is called, and may send what libraries add', async () => {
    const headers = { origin: ORIGIN, ...PREFLIGHT };
    const { headers: told } = await ask(world.url, `${NORTHWIND_BASE}/Observation`, {
      method: 'OPTIONS',
      headers,
    });
    for (const name of ['Retry-After', 'RateLimit', 'Content-Disposition'])
      expect(told['access-control-expose-headers']).toContain(name);
    for (const name of ['Cache-Control', 'X-Requested-With'])
      expect(told['access-control-allow-headers']).toContain(name);
  });

  it('can read at the token endpoint when to come again, while auth-service does not answer', async () => {
    await asApp(world, token, 'Observation/1', { headers: { origin: ORIGIN } });
    const { handle } = world.auth;
    world.auth.handle = (request, response) =>
      /^\/(?:auth|another)\//.test(request.url) ? response.destroy() : handle(request, response);
    const refresh = (origin: string) =>
      ask(world.url, '/auth/northwind/oauth2/v1/token', { method: 'POST', headers: { origin } });
    const { status, headers } = await refresh(ORIGIN);
    expect([status, headers['retry-after'], headers['access-control-allow-origin']]).toEqual([
      503,
      '2',
      ORIGIN,
    ]);
    expect(headers['access-control-expose-headers']).toContain('Retry-After');
    expect((await refresh('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin');
    const preflight = (origin: string) =>
      ask(world.url, '/auth/northwind/oauth2/v1/userinfo', {
        method: 'OPTIONS',
        headers: { origin, ...PREFLIGHT },
      });
    const allowed = await preflight(ORIGIN);
    expect([allowed.status, allowed.text, allowed.headers['access-control-allow-origin']]).toEqual([
      204,
      '',
      ORIGIN,
    ]);
    expect(allowed.headers['access-control-allow-headers']).toContain('Authorization');
    expect((await preflight('https://evil.example')).status).toBe(503);
    const metadata = await ask(world.url, '/payer/patient-access/v2/another/metadata', {
      headers: { origin: 'https://new.example' },
    });
    expect([metadata.status, metadata.headers['access-control-allow-origin']]).toEqual([503, '*']);
    world.auth.handle = handle;
    expect((await refresh(ORIGIN)).headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('make the gateway ask auth-service once, and only about their own tenant', async () => {
    const asked = () => world.auth.received.filter(({ url }) => url.includes('/origins?')).length;
    const before = asked();
    for (let time = 0; time < 3; time += 1)
      await asApp(world, token, 'Observation/1', { headers: { origin: 'https://once.example' } });
    expect(asked()).toBe(before + 1);
  });
});
