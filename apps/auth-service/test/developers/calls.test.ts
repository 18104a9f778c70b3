/** Why did this call fail? What a developer reads about calls, from an audit-service that tells what it was asked for. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { APP_CALLS_PATH, type AppCall, pathTo, SCORECARD_PATH } from '@patient-access/internal-api';
import { freePort } from '@patient-access/testing';
import { suspendTenant } from '../../src/domain/administration/plans/tenants.ts';
import { createPrisma } from '../../src/domain/database.ts';
import { registerApp } from '../app.ts';
import { type LastReadsOfApp, scorecardWith } from '../scorecards.ts';
import { DeveloperAtBrowser, type DeveloperWorld, startDeveloperWorld } from './developer.ts';

const REQUEST = '018f3c1e-0000-7000-8000-000000000001';
const AT = '2026-11-27T10:00:00.000Z';

describe('the calls of a developer’s apps', () => {
  let there: DeveloperWorld;
  let trail: Server;
  let dana: DeveloperAtBrowser;
  let app: string;
  let own: string;
  let told: Omit<AppCall, 'client'>[] = [];
  let asked: URLSearchParams[] = [];
  let isAway = false;
  let lastReads: LastReadsOfApp = [];

  beforeAll(async () => {
    trail = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://audit');
      if (pathname === pathTo(SCORECARD_PATH, { tenant: 'northwind' }))
        return void response.writeHead(isAway ? 503 : 200).end(JSON.stringify(scorecardWith(app, lastReads)));
      if (pathname !== pathTo(APP_CALLS_PATH, { tenant: 'northwind' }))
        return void response.end(JSON.stringify({ highest: 0 }));
      asked.push(searchParams);
      const calls = told.map((call) => ({ ...call, client: app }));
      response.writeHead(isAway ? 503 : 200).end(JSON.stringify({ calls }));
    });
    const port = await freePort();
    await once(trail.listen(port, '127.0.0.1'), 'listening');
    there = await startDeveloperWorld({ auditUrl: `http://127.0.0.1:${port}` });
    dana = new DeveloperAtBrowser(there, 'dana@apps.example');
    await dana.join();
    app = own = (await dana.register()).id;
  }, 120_000);
  afterAll(async () => {
    await there?.stop();
    trail?.close();
  });

  const call = (change: Partial<AppCall>): Omit<AppCall, 'client'> => ({
    at: AT,
    requestId: REQUEST,
    request: 'GET Observation/{id}',
    outcome: 'refused',
    reason: null,
    ...change,
  });

  it('say which rule refused them and what to change, and are those of own apps', async () => {
    told = [call({ reason: 'not-found' }), call({ reason: 'cursor-forged' }), call({ outcome: 'answered' })];
    asked = [];
    const { html } = await dana.open('/calls');
    expect(html).toContain('A resource that belongs to another member or is withheld gets the same answer');
    expect(html).toContain('Start the search again from its first page');
    expect(html).not.toContain('cursor-forged');
    expect(html).toContain('Health Diary');
    expect(asked.map((each) => each.get('clients'))).toEqual([app]);
  });

  it('name the error also where the trail says more precisely why a token or a proof was refused', async () => {
    const reasons = [
      'token-expired',
      'token-ended',
      'no-proof',
      'invalid-proof',
      'proof-of-another-key',
      'proof-used',
    ];
    told = reasons.map((reason) => call({ reason }));
    const { html } = await dana.open('/calls');
    const errors = [...html.matchAll(/href="\/errors#([^"]*)"/g)].map(([, code]) => code);
    expect(errors).toEqual(['token-invalid', 'token-invalid', ...Array(4).fill('proof-invalid')]);
    expect(html).not.toContain('proof-used');
  });

  it('are looked up by a request id, and anything else is no call', async () => {
    told = [];
    asked = [];
    const none = await dana.open(`/calls?request=${REQUEST}`);
    expect(asked.at(-1)?.get('request')).toBe(REQUEST);
    expect(none.html).toContain('There is no such call of your apps');
    const nonsense = await dana.open('/calls?request=%27%3B--');
    expect(nonsense.html).toContain('There is no such call of your apps');
    expect(asked).toHaveLength(1);
    const twice = await dana.open('/calls?request=a&request=b&only=refused&only=');
    expect(twice.html).toContain('<h1>');
  });

  it('are not asked for a developer without apps, nor shown to nobody', async () => {
    asked = [];
    const eve = new DeveloperAtBrowser(there, 'eve@apps.example');
    expect((await eve.open('/calls')).html).toContain('<h1>Log in</h1>');
    await eve.join();
    expect((await eve.open('/calls')).html).toContain('There is no such call of your apps');
    expect(asked).toEqual([]);
  });

  it('are told to an app with its own secret, and to nobody else', async () => {
    const registered = await registerApp(there.world, { token_endpoint_auth_method: 'client_secret_basic' });
    app = registered.client_id;
    told = [call({ reason: 'not-found' })];
    const url = `${there.world.url}/auth/northwind/calls`;
    const as = (id: string, secret = '', query = '') => {
      const basic = Buffer.from(`${id}:${secret}`).toString('base64');
      return fetch(`${url}${query}`, { headers: { authorization: `Basic ${basic}` } });
    };
    const answer = await as(app, registered.client_secret, `?request=${REQUEST}`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await answer.json()).toEqual({
      calls: [
        {
          time: AT,
          request_id: REQUEST,
          request: 'GET Observation/{id}',
          outcome: 'refused',
          error: 'not-found',
          means: expect.any(String),
          remedy: expect.any(String),
        },
      ],
    });
    expect([asked.at(-1)?.get('clients'), asked.at(-1)?.get('request')]).toEqual([app, REQUEST]);
    const count = asked.length;
    const refused = [
      await as(app, 'guessed'),
      await as(app),
      await as((await registerApp(there.world)).client_id, registered.client_secret),
      await fetch(url),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    for (const query of ['?request=x', '?only=answered', '?only=refused&only=refused', '?since=today']) {
      const bad = await as(app, registered.client_secret, query);
      expect([query, bad.status, await bad.json()]).toEqual([
        query,
        400,
        {
          error: 'invalid_request',
          error_description: expect.stringContaining('only=refused'),
          error_uri: expect.stringContaining('#request-invalid'),
          request_id: expect.any(String),
        },
      ]);
    }
    expect((await as(app, 'guessed', '?request=x')).status).toBe(401);
    expect(asked).toHaveLength(count);
    isAway = true;
    const later = await as(app, registered.client_secret);
    isAway = false;
    expect([later.status, await later.json()]).toEqual([
      503,
      expect.objectContaining({ error: 'temporarily_unavailable' }),
    ]);
  });

  it('are asked for in parts, where an account has more apps than one question has room for', async () => {
    await there.world.db.query(
      `INSERT INTO client
       SELECT (jsonb_populate_record(NULL::client, to_jsonb(c) || jsonb_build_object('id', gen_random_uuid()))).*
         FROM (SELECT * FROM client WHERE developer IS NOT NULL LIMIT 1) c, generate_series(1, 130)`,
    );
    const later = '2026-11-27T10:00:01.000Z';
    told = [call({ reason: 'not-found' }), call({ at: later, reason: 'cursor-forged' })];
    asked = [];
    const { html } = await dana.open('/calls');
    expect(html).toContain('Start the search again from its first page');
    const named = asked.map((each) => each.get('clients') ?? '');
    expect(Math.max(...named.map(({ length }) => length))).toBeLessThanOrEqual(4_096);
    expect(new Set(named.flatMap((each) => each.split(' '))).size).toBe(131);
    await there.world.db.query('DELETE FROM client WHERE developer IS NOT NULL AND id <> $1', [own]);
  });

  it('are told by no app at a suspended plan, which answers for later', async () => {
    const pool = await createPool(there.world.databaseUrl, { max: 1 });
    await suspendTenant(createPrisma(pool), 'lakeside', true);
    await there.world.heard();
    const answer = await fetch(`${there.world.url}/auth/lakeside/calls`);
    await suspendTenant(createPrisma(pool), 'lakeside', false);
    await there.world.heard();
    await pool.end();
    const { error } = (await answer.json()) as { error: string };
    expect([answer.status, answer.headers.get('retry-after'), error]).toEqual([
      503,
      '300',
      'temporarily_unavailable',
    ]);
  });

  it('are said to be missing while the trail cannot be asked', async () => {
    isAway = true;
    expect((await dana.open('/calls')).html).toContain('cannot be looked up now');
    isAway = false;
  });

  it('come with the kinds of data that members granted long ago and the app has not read since', async () => {
    const title = 'What your app does not read';
    const { id, page } = await dana.register({ method: 'client_secret_basic' });
    const [, secret] = /secret of your app<\/strong>\s*<p><code>([^<]+)/.exec(page.html) ?? [];
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    app = id;
    expect((await dana.open(`/apps/${app}`)).html).not.toContain(title);
    await there.world.db.query(
      `INSERT INTO consent (tenant, grant_id, sub, client_id, client_name, requested_scope, snapshot, text_version, scope,
                            declined, sensitive, sensitive_labels, until, granted_at)
       SELECT 'northwind', 'granted-long-ago', sub, $1, 'Health Diary', 'patient/*.rs', '{}', '1',
              'patient/Immunization.rs patient/Coverage.rs', '{}', '{}', '{}', now() + interval '1 day', now() - interval '91 days'
         FROM account WHERE tenant = 'northwind' LIMIT 1`,
      [app],
    );
    isAway = true;
    const { html: unknown } = await dana.open(`/apps/${app}`);
    expect([unknown.includes('What members will see'), unknown.includes(title)]).toEqual([true, false]);
    const asItself = () => fetch(`${there.world.url}/auth/northwind/unread`, { headers: { authorization } });
    expect((await asItself()).status).toBe(503);
    isAway = false;
    lastReads = [
      { type: 'Immunization', day: new Date().toISOString().slice(0, 10) },
      { type: 'Coverage', day: '2020-01-01' },
    ];
    const { html: some } = await dana.open(`/apps/${app}`);
    expect([some.includes(title), some.includes('Vaccin')]).toEqual([true, false]);
    // For an hour, pages and API have one answer.
    lastReads = [];
    const { days, unread } = (await (await asItself()).json()) as { days: number; unread: object[] };
    expect([days, unread]).toEqual([90, [{ kind: 'coverage', types: expect.arrayContaining(['Coverage']) }]]);
  });
});
