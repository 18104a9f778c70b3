import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@patient-access/testing';
import type { PoolClient } from 'pg';
import { getTokens, openAndLogIn, registerApp, type RegisteredApp, startAuthorization } from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { GATEWAY_BASIC, startWorld, tenantOf, type World } from '../world.ts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FORM = 'application/x-www-form-urlencoded';
/** What they say is not in the database. */
const WITHOUT_DATABASE = ['/health/live', '/auth/style.css', '/internal/revocations'];
/** Well-formed requests that cannot be answered without it, also where the plan is known. */
const NEEDS_DATABASE =
  /^POST .*\/(?:token|revoke|introspect|par|authorize|register)$|^GET .*\/(?:userinfo$|authorize\?)/;
/** Where the path leads to nothing, or to a preflight that is answered without a look. */
const answersWithoutLook = ({ method, url }: { method: string; url: string }) =>
  ['OPTIONS', 'TRACE', 'CONNECT'].includes(method) ||
  url === '/auth/*' ||
  url.endsWith('.css') ||
  WITHOUT_DATABASE.includes(url);

/** The connection of a replica that listens to changes. */
const LISTENING = 1;

/** Processes of Postgres that stand still. */
let stopped: number[] = [];

const FAULTS: Record<string, { begin(world: World): unknown; end(world: World): unknown }> = {
  'does not answer': {
    async begin({ db, postgres }) {
      const { rows } = await db.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE usename = 'auth_service'`,
      );
      stopped = [postgres.process.pid ?? 0, ...rows.map(({ pid }) => pid)];
      for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    },
    end() {
      for (const pid of stopped) process.kill(pid, 'SIGCONT');
    },
  },
  'has closed its doors': {
    async begin({ db }) {
      await db.query('ALTER DATABASE auth CONNECTION LIMIT 0');
      await db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'auth_service'`);
    },
    end: ({ db }) => db.query('ALTER DATABASE auth CONNECTION LIMIT -1'),
  },
  'takes no writes': {
    async begin({ db }) {
      await db.query('ALTER ROLE auth_service SET default_transaction_read_only = on');
      await db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'auth_service'`);
    },
    async end({ db }) {
      await db.query('ALTER ROLE auth_service RESET default_transaction_read_only');
      await db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'auth_service'`);
    },
  },
};

describe('P28: while the database', () => {
  let world: World;
  let app: RegisteredApp;
  let tokens: Record<string, string>;
  /** pages that were open when it began */
  let login: [Browser, BrowserPage];
  let consent: [Browser, BrowserPage];
  let member: Browser;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
    tokens = await getTokens(world, app);
    const browser = new Browser(world.url);
    login = [browser, await browser.open(startAuthorization(world, app).url)];
    consent = await openAndLogIn(world, startAuthorization(world, app).url);
    [member] = await openAndLogIn(world, `${world.url}/auth/northwind/apps`);
  }, 60_000);
  let ended = () => Promise.resolve();
  afterEach(() => ended());
  afterAll(() => world?.stop());

  async function fail(name: string): Promise<void> {
    const fault = FAULTS[name];
    await fault?.begin(world);
    ended = async () => {
      await fault?.end(world);
      await waitUntil(async () => (await fetch(`${world.address}/health/ready`)).status === 200, {
        withinMs: 20_000,
      });
    };
  }

  async function expectForLater(response: Response, what: string): Promise<void> {
    const text = await response.text();
    const id = response.headers.get('x-request-id') ?? '';
    expect([what, response.status, response.headers.get('retry-after')]).toEqual([what, 503, '2']);
    expect([what, id]).toEqual([what, expect.stringMatching(ID)]);
    expect([what, text, text.includes(id)]).toEqual([what, text, true]);
    expect(text).not.toMatch(/oops|ECONN|SELECT|terminat/);
    if (what.includes('/oauth2/v1') && !/^text\/html/.test(response.headers.get('content-type') ?? ''))
      expect([what, JSON.parse(text)]).toMatchObject([
        what,
        { error: 'temporarily_unavailable', request_id: id },
      ]);
  }

  const ask = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    fetch(`${world.address}${path}`, { method, headers, body, redirect: 'manual' });

  /** A request that is well but for the database, so that nothing else is a reason to refuse it. */
  function wellFormed(path: string): { headers: Record<string, string>; body?: string } {
    const as = (body: Record<string, string>) => ({
      headers: { 'content-type': FORM },
      body: new URLSearchParams({ client_id: app.client_id, ...body }).toString(),
    });
    if (path.endsWith('/token'))
      return as({ grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' });
    if (path.endsWith('/revoke')) return as({ token: tokens['access_token'] ?? '' });
    if (path.endsWith('/par') || path.endsWith('/authorize'))
      return as(Object.fromEntries(new URL(startAuthorization(world, app).url).searchParams));
    if (path.endsWith('/introspect')) {
      const body = new URLSearchParams({ token: tokens['access_token'] ?? '' }).toString();
      return { headers: { 'content-type': FORM, authorization: GATEWAY_BASIC }, body };
    }
    if (path.endsWith('/userinfo')) return { headers: { authorization: `Bearer ${tokens['access_token']}` } };
    const json = { 'content-type': 'application/json' };
    if (path.startsWith('/internal/')) return { headers: { authorization: GATEWAY_BASIC } };
    return {
      headers: json,
      body: JSON.stringify({ redirect_uris: ['https://app.example/x'], client_name: 'X' }),
    };
  }

  it('P28: has much to do for all connections of requests, the service is ready: all replicas may be so busy', async () => {
    const { pool } = world;
    const connections: PoolClient[] = [];
    try {
      // One after the other: each has a deadline.
      while (connections.length < pool.options.max - LISTENING) connections.push(await pool.connect());
      expect(pool.idleCount).toBe(0);
      expect((await fetch(`${world.address}/health/ready`)).status).toBe(200);
    } finally {
      for (const connection of connections) connection.release();
    }
  }, 60_000);

  it.each(['does not answer', 'has closed its doors'])(
    'P28: %s, each endpoint and page is 503 with Retry-After and the id of the request',
    async (name) => {
      await fail(name);
      const issuer = new URL(tenantOf(world).issuer).pathname;
      const endpoints = [
        'token',
        'revoke',
        'introspect',
        'par',
        'authorize',
        'userinfo',
        'launch',
        'register',
      ];
      const asked = world.routes
        .filter((route) => !answersWithoutLook(route))
        .filter(({ url }) => !url.startsWith('/internal/') && url !== '/health/ready')
        .map(({ method, url }) => ({
          method,
          path: url
            .replace(':tenant', 'northwind')
            .replace(':uid', 'some-interaction')
            .replace(':fault', 'slow')
            .replace(/:\w+/g, 'some-id')
            .replace('*', 'keys'),
        }));
      expect(asked.length).toBeGreaterThan(30);
      const known = [
        ...asked,
        ...endpoints.map((endpoint) => ({ method: 'POST', path: `${issuer}/${endpoint}` })),
        { method: 'GET', path: new URL(startAuthorization(world, app).url).href.slice(world.url.length) },
        { method: 'GET', path: `${issuer}/.well-known/openid-configuration` },
      ];
      await Promise.all(
        known.map(async ({ method, path }) => {
          const { headers, body } = wellFormed(path.split('?')[0] ?? '');
          const hasBody = !['GET', 'HEAD'].includes(method);
          const response = await ask(method, path, headers, hasBody ? body : undefined);
          // What is answered without a look into the database is answered as ever.
          const needsNone = name === 'does not answer' && response.status < 500;
          if (needsNone) expect([path, NEEDS_DATABASE.test(`${method} ${path}`)]).toEqual([path, false]);
          else if (method === 'HEAD') expect([path, response.status]).toEqual([path, 503]);
          else await expectForLater(response, `${method} ${path}`);
        }),
      );
    },
    60_000,
  );

  it.each(Object.keys(FAULTS))(
    'P28: %s, a person sees a page that says to try again, and the app is told nothing',
    async (name) => {
      await fail(name);
      const [browser, page] = login;
      const pages = await Promise.all([
        browser.logIn(page, 'maria.many', 'correct horse battery staple'),
        browser.request(startAuthorization(world, app).url),
        consent[0].submit(consent[1], 'agree'),
        ...(name === 'takes no writes'
          ? []
          : ['apps', 'access', 'security', 'logged-in', 'console'].map((path) =>
              member.request(`${world.url}/auth/northwind/${path}`),
            )),
      ]);
      for (const { status, headers, html, url } of pages) {
        expect([url, status, headers.get('retry-after')]).toEqual([url, 503, '2']);
        expect([url, headers.get('location')]).toEqual([url, null]);
        expect(html).toMatch(/^<!doctype html>/i);
        expect(html).toContain(headers.get('x-request-id'));
      }
    },
    60_000,
  );

  it('P28: takes no writes, a refresh is 503, and good again afterwards', async () => {
    await fail('takes no writes');
    const path = new URL(`${tenantOf(world).issuer}/token`).pathname;
    const { headers, body } = wellFormed(path);
    await expectForLater(await ask('POST', path, headers, body), `POST ${path}`);
    await ended();
    expect((await ask('POST', path, headers, body)).status).toBe(200);
  }, 60_000);
});
