import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptReport } from '@patient-access/events';
import {
  ask,
  type EndedRequest,
  endInEachWay,
  type RequestOptions,
  type TestedRoute,
  unaccountedFor,
  waitUntil,
} from '@patient-access/testing';
import { sendBytes } from '../socket.ts';
import { asApp, asOwner, bind, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

const OWN = 'northwind';
const NO_PLAN = 'no-plan';

/** What ends well is published, or an owner's to record, or that of auth-service. */
const routeOf = ({ method, url }: { method: string; url: string }): TestedRoute => ({
  method,
  pattern: url,
  pathAt: (tenant) => url.replace(':tenant', tenant).replace('*', 'Observation/1'),
  isPublished: true,
});

describe('every way in which a request to the gateway can end', () => {
  let world: World;
  beforeAll(async () => {
    // Who asks too often for what a plan publishes is held for a second or two, hundreds of times in this test.
    world = await startWorld({
      DENIAL_REPORT_SECONDS: '0.2',
      GRANT_REQUESTS: '50',
      QUOTA_PUBLISHED: '100000',
    });
    await asApp(world, newToken(world), 'Observation/1');
  });
  afterAll(() => world?.stop());

  /** @returns what was reported of what was done */
  async function reportsOf(act: () => Promise<unknown>, least = 1): Promise<AttemptReport[]> {
    world.auth.received.length = 0;
    const reports = () =>
      world.auth.received
        .filter(({ url }) => url === '/internal/attempts')
        .flatMap(({ body }) => JSON.parse(body) as AttemptReport[]);
    await act();
    await waitUntil(() => reports().length >= least);
    return reports();
  }

  const get = (path: string, headers = '') =>
    sendBytes(world.url, [
      `GET ${path} HTTP/1.1\r\nhost: plan.example\r\nconnection: close\r\n${headers}\r\n`,
    ]);
  const LONG = 'x'.repeat(17_000);

  it.each<[string, number, string, string, () => Promise<{ status: number }>]>([
    [
      'a bad request target',
      400,
      'request-invalid',
      OWN,
      () => get(`${NORTHWIND_BASE}/%zz`, `authorization: Bearer ${LONG}\r\n`),
    ],
    [
      'a URL that is too long',
      414,
      'url-too-long',
      OWN,
      () => get(`${NORTHWIND_BASE}/Observation?x=${LONG}`),
    ],
    [
      'another host',
      421,
      'host-unknown',
      OWN,
      () => ask(world.url, `${NORTHWIND_BASE}/x`, { headers: { host: 'evil.example' } }),
    ],
    [
      'no host',
      400,
      'request-invalid',
      OWN,
      () => sendBytes(world.url, [`GET ${NORTHWIND_BASE}/x HTTP/1.1\r\nconnection: close\r\n\r\n`]),
    ],
    [
      'headers that are too large',
      431,
      'headers-too-large',
      OWN,
      () => get(`${NORTHWIND_BASE}/x`, `a: b\r\n`.repeat(12_000)),
    ],
    ['no HTTP', 400, 'request-invalid', NO_PLAN, () => sendBytes(world.url, ['hello\r\n\r\n'])],
    [
      'an unknown method',
      400,
      'request-invalid',
      OWN,
      () => sendBytes(world.url, [`BREW ${NORTHWIND_BASE}/x HTTP/1.1\r\nhost: plan.example\r\n\r\n`]),
    ],
    [
      'an unknown plan',
      404,
      'not-found',
      NO_PLAN,
      () => ask(world.url, NORTHWIND_BASE.replace(OWN, 'nowhere') + '/x'),
    ],
    ['an unknown path', 404, 'not-found', NO_PLAN, () => ask(world.url, '/nothing')],
    ['no token', 401, 'token-missing', OWN, () => ask(world.url, `${NORTHWIND_BASE}/Observation/1`)],
    [
      'a body that is compressed',
      415,
      'media-type-unsupported',
      OWN,
      () => post({ headers: { 'content-encoding': 'gzip' }, body: 'x' }),
    ],
    ['a body that is too large', 413, 'body-too-large', OWN, () => post({ body: 'x'.repeat(70_000) })],
    [
      'a token in two places',
      400,
      'request-invalid',
      OWN,
      () =>
        ask(world.url, `${NORTHWIND_BASE}/x?access_token=abc`, {
          headers: { authorization: 'Bearer abcdefghijklmnopqrst' },
        }),
    ],
    [
      'a page of the console without a login',
      303,
      'login-required',
      OWN,
      () => ask(world.url, '/audit/northwind/overview'),
    ],
    [
      'a file of the console from another site',
      303,
      'cross-site',
      OWN,
      () => ask(world.url, '/audit/northwind/events.csv', { headers: { 'sec-fetch-site': 'cross-site' } }),
    ],
    [
      'a console page that does not exist',
      404,
      'not-found',
      OWN,
      () => ask(world.url, '/audit/northwind/nothing'),
    ],
  ])('%s: %i is counted with its reason', async (_, status, reason, tenant, act) => {
    const reports = await reportsOf(async () => {
      expect((await act()).status).toBe(status);
    });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ reason, tenant, count: 1, outcome: '4' });
    expect(reports[0]).not.toHaveProperty('requestId');
  });

  const post = (question: RequestOptions) =>
    ask(world.url, `${NORTHWIND_BASE}/Observation/_search`, {
      method: 'POST',
      ...question,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...question.headers },
    });

  it('the internal path from outside: refused to a known caller, who is named', async () => {
    const [report] = await reportsOf(async () => {
      expect((await asApp(world, newToken(world), '$related/1')).status).toBe(404);
    });
    expect(report).toMatchObject({
      reason: 'not-found',
      requestId: expect.any(String),
      caller: { client: { id: 'app-1' }, member: 'anna', grantId: expect.any(String) },
    });
  });

  it('503 for a known caller, who is named', async () => {
    world.owner.handle = (_request, response) => response.destroy();
    const [report] = await reportsOf(async () => {
      expect((await asApp(world, newToken(world), 'Observation/1')).status).toBe(503);
    });
    world.owner.handle = asOwner;
    expect(report).toMatchObject({
      outcome: '12',
      count: 1,
      caller: { client: { id: 'app-1' }, member: 'anna' },
    });
  });

  it('503 because auth-service does not answer: kept until it does', async () => {
    const { handle } = world.auth;
    world.auth.handle = (_request, response) => response.destroy();
    expect((await asApp(world, newToken(world), 'Observation/1')).status).toBe(503);
    world.auth.handle = handle;
    expect(await reportsOf(() => Promise.resolve())).toMatchObject([{ outcome: '12', count: 1 }]);
  });

  it('an answer of an owner or of auth-service, good or not, is theirs to record', async () => {
    world.owner.handle = (request, response) => {
      bind(request, response);
      response.writeHead(403).end('{}');
    };
    const token = newToken(world);
    expect((await asApp(world, token, 'Observation/1')).status).toBe(403);
    world.owner.handle = asOwner;
    expect((await asApp(world, token, 'Observation/1')).status).toBe(200);
    await ask(world.url, '/auth/northwind/oauth2/v1/token', { method: 'POST' });
    expect((await ask(world.url, `${NORTHWIND_BASE}/metadata`)).status).toBe(200);
    const reports = await reportsOf(() => get('/end-of-this-test'));
    expect(reports.map(({ request }) => request)).toEqual(['GET (no route)']);
  });

  it('every route of the running router is in the trail in each way in which a request can end', async () => {
    const routes = world.routes.filter(({ url }) => !/^\/auth\//.test(url) && url !== '*').map(routeOf);
    expect(routes.length).toBeGreaterThan(20);
    const ended: EndedRequest[] = [];
    const reports = await reportsOf(async () => {
      for (const route of routes) ended.push(...(await endInEachWay(world.url, route)));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    });
    expect(unaccountedFor(ended, reports, { withoutEvent: {} })).toEqual([]);
  });
});
