import { request, type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, ask, waitUntil } from '@patient-access/testing';
import {
  asApp,
  asOwner,
  NORTHWIND_BASE,
  bind,
  type Handler,
  newToken,
  type Received,
  startWorld,
  type World,
} from '../world.ts';

const PER_TENANT = 3;
const PER_GRANT = 2;
/** for each permit */
const WAITING = 8;
const TOO_MANY = 80;
const TOGETHER_MS = 100;

describe('the bulkhead of an owner (rule D26)', () => {
  let world: World;
  /** requests that the owner has not answered yet */
  let open: [Received, ServerResponse][] = [];
  let holding = false;

  beforeAll(async () => {
    world = await startWorld({
      TENANT_REQUESTS: String(PER_TENANT),
      GRANT_REQUESTS: String(PER_GRANT),
      DENIAL_REPORT_SECONDS: '0.2',
    });
    world.owner.handle = answerOrHold;
  });
  const answerOrHold: Handler = (received, response) =>
    holding ? open.push([received, response]) : asOwner(received, response);
  const answerOne = () => {
    const [received, response] = open.shift() ?? [];
    if (received && response) void asOwner(received, response);
  };
  const answerAll = () => {
    holding = false;
    while (open.length > 0) answerOne();
  };
  afterEach(() => {
    answerAll();
    open = [];
  });
  afterAll(() => world?.stop());

  /** Makes tokens of a new grant. */
  const newGrant = () => {
    const grant = `grant-${Math.random()}`;
    return () => newToken(world, { grant_id: grant });
  };
  const read = (token: string) => asApp(world, token, 'Observation/1');
  const many = (count: number, token: string) => Array.from({ length: count }, () => read(token));
  const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort();

  it('limits the concurrent requests of a grant over all its tokens, and lets the others wait', async () => {
    holding = true;
    const token = newGrant();
    const answers = [read(token()), read(token()), read(token())];
    await waitUntil(() => open.length === PER_GRANT);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(open).toHaveLength(PER_GRANT);
    answerOne();
    await waitUntil(() => open.length === PER_GRANT);
    answerAll();
    expect(statuses(await Promise.all(answers))).toEqual([200, 200, 200]);
  });

  it('frees the permit after every outcome of a request', async () => {
    const token = newGrant()();
    world.owner.handle = (_request, response) => response.destroy();
    for (let at = 0; at < PER_GRANT + 1; at += 1) expect((await read(token)).status).toBe(503);
    world.owner.handle = answerOrHold;
    expect((await read(token)).status).toBe(200);
  });

  it('does not count a client that does not read its answer', async () => {
    const token = newGrant()();
    const large = `{"resourceType":"Bundle","pad":"${'x'.repeat(8 * 1024 * 1024)}"}`;
    world.owner.handle = (received, response) => {
      bind(received, response);
      response.end(large);
    };
    const { hostname, port } = new URL(world.url);
    const idle = Array.from({ length: PER_GRANT }, () =>
      request({
        hostname,
        port,
        path: `${NORTHWIND_BASE}/Observation`,
        headers: { authorization: `Bearer ${token}` },
      }).end(),
    );
    // The heads have arrived, and the client does not read the rest.
    await Promise.all(idle.map((each) => new Promise((resolve) => each.once('response', resolve))));
    expect((await read(token)).text).toBe(large);
    for (const each of idle) each.destroy();
    world.owner.handle = answerOrHold;
  });

  it('refuses with 429 and Retry-After when too many wait, and counts the refusal', async () => {
    holding = true;
    const token = newGrant()();
    const room = PER_GRANT * (1 + WAITING);
    const fitting = many(room, token);
    await waitUntil(() => open.length === PER_GRANT);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const last = read(token);
    await new Promise((resolve) => setTimeout(resolve, 100));
    answerAll();
    expect(new Set(statuses(await Promise.all(fitting)))).toEqual(new Set([200]));
    const { status, headers, text } = await last;
    expect([status, headers['retry-after']]).toEqual([429, expect.stringMatching(/^[1-9]$/)]);
    expect(JSON.parse(text)).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'throttled' }],
    });
    const counted = () =>
      world.auth.received
        .filter(({ url }) => url === '/internal/attempts')
        .flatMap(({ body }) => JSON.parse(body) as { tenant: string; reason: string; count: number }[])
        .filter(({ reason }) => reason === 'throttled');
    await waitUntil(() => counted().length > 0);
    expect(counted()).toEqual([
      expect.objectContaining({
        tenant: 'northwind',
        count: 1,
        caller: expect.objectContaining({ member: 'anna' }),
      }),
    ]);
  });

  it('lets a request wait for a second at most', async () => {
    holding = true;
    const token = newGrant()();
    const first = many(PER_GRANT, token);
    await waitUntil(() => open.length === PER_GRANT);
    expect((await read(token)).status).toBe(429);
    answerAll();
    expect(statuses(await Promise.all(first))).toEqual([200, 200]);
  });

  it('refuses requests that came together at different times, so that they do not come back together', async () => {
    holding = true;
    const token = newGrant()();
    const began = performance.now();
    const refusedAt: number[] = [];
    const answers = many(PER_GRANT * (1 + WAITING) + TOO_MANY, token).map(async (answer) => {
      if ((await answer).status === 429) refusedAt.push(performance.now() - began);
    });
    await waitUntil(() => refusedAt.length >= TOO_MANY);
    answerAll();
    await Promise.all(answers);
    expect(Math.min(...refusedAt)).toBeGreaterThan(950);
    const together = refusedAt.map(
      (from) => refusedAt.filter((at) => at >= from && at < from + TOGETHER_MS).length,
    );
    // Even if the process stands still for half of the time.
    expect(Math.max(...together)).toBeLessThan(TOO_MANY * 0.75);
  });

  it('limits a tenant that floods it, and answers another tenant meanwhile (case T09)', async () => {
    holding = true;
    const grants = Array.from({ length: 10 * PER_TENANT }, () => newGrant()());
    const flood = grants.flatMap((token) => many(PER_GRANT, token));
    await waitUntil(() => open.length === PER_TENANT);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(open).toHaveLength(PER_TENANT);
    holding = false;
    const other = 'token-of-another-plan-0001';
    world.tokens.set(other, world.issuer.claims('preview', 'anna'));
    for (let at = 0; at < 5; at += 1) {
      const answer = await ask(world.url, '/payer/patient-access/v2/preview/Observation/1', {
        headers: { authorization: `Bearer ${other}` },
      });
      expect(answer.status).toBe(200);
    }
    expect(open).toHaveLength(PER_TENANT);
    answerAll();
    const [served, refused] = [200, 429].map(
      async (wanted) => (await Promise.all(flood)).filter(({ status }) => status === wanted).length,
    );
    // On a slow machine some of those that wait have waited too long by now.
    expect(await served).toBeGreaterThanOrEqual(PER_TENANT);
    expect(await served).toBeLessThanOrEqual(PER_TENANT * (1 + WAITING));
    expect(((await served) ?? 0) + ((await refused) ?? 0)).toBe(flood.length);
  });
});

describe('an owner that has as much to do as it may (case T09)', () => {
  const PLACES = 4;
  let world: World;
  const open: [Received, ServerResponse][] = [];
  beforeAll(async () => {
    const limits = { OWNER_REQUESTS: PLACES, TENANT_REQUESTS: PLACES, GRANT_REQUESTS: PLACES };
    world = await startWorld(Object.fromEntries(Object.entries(limits).map(([k, v]) => [k, String(v)])));
    world.owner.handle = (received, response) => open.push([received, response]);
  });
  const answerOne = () => {
    const [received, response] = open.shift() ?? [];
    if (received && response) void asOwner(received, response);
  };
  afterAll(() => world?.stop());

  const tenantOf = ({ headers }: Received): string => {
    const [, payload = ''] = String(headers.authorization).split('.');
    const { token_introspection: claims } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      token_introspection: { tenant: string };
    };
    return claims.tenant;
  };

  it('takes the request of another plan next, however many of the flood wait', async () => {
    const flood = Array.from({ length: 5 * PLACES }, () => asApp(world, newToken(world), 'Observation/1'));
    await waitUntil(() => open.length === PLACES);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const token = 'token-of-another-plan-0002';
    world.tokens.set(token, world.issuer.claims('preview', 'anna'));
    const other = ask(world.url, '/payer/patient-access/v2/preview/Observation/1', {
      headers: { authorization: `Bearer ${token}` },
    });
    await waitUntil(() => world.auth.received.some(({ body }) => body.includes(token)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(open.map(([received]) => tenantOf(received))).toEqual(Array(PLACES).fill('northwind'));
    answerOne();
    await waitUntil(() => open.length === PLACES);
    expect(open.map(([received]) => tenantOf(received)).at(-1)).toBe('preview');
    const answered = Promise.all([other, ...flood]);
    while (!(await Promise.race([answered.then(() => true), new Promise((go) => setTimeout(go, 5))])))
      answerOne();
    expect(new Set((await answered).map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('does not tell a plan that it asks too much when slow requests of others have all places', async () => {
    const slow = Array.from({ length: PLACES }, () => asApp(world, newToken(world), 'Observation/1'));
    await waitUntil(() => open.length === PLACES);
    const token = 'token-of-another-plan-0003';
    world.tokens.set(token, world.issuer.claims('preview', 'anna'));
    const { status, headers, text } = await ask(world.url, '/payer/patient-access/v2/preview/Observation/1', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([status, headers['retry-after'], text]).toEqual([
      503,
      '2',
      expect.stringContaining('unavailable'),
    ]);
    for (const _ of slow) answerOne();
    expect(new Set((await Promise.all(slow)).map((each) => each.status))).toEqual(new Set([200]));
  });
});

describe('Retry-After', () => {
  it('is when there is room again, by how long requests took', async () => {
    const world = await startWorld({ TENANT_REQUESTS: '1', GRANT_REQUESTS: '1' });
    const token = newToken(world);
    const held: (() => void)[] = [];
    world.owner.handle = (received, response) => held.push(() => void asOwner(received, response));
    const began = performance.now();
    const one = asApp(world, token, 'Observation/1');
    await waitUntil(() => held.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    held.shift()?.();
    expect((await one).status).toBe(200);
    const took = (performance.now() - began) / 1_000;
    const before = Array.from({ length: 1 + WAITING }, () => asApp(world, token, 'Observation/1'));
    await waitUntil(() => held.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { status, headers } = await asApp(world, token, 'Observation/1');
    // Eight wait before it, and each takes half a second or a little more, as the one before did.
    const seconds = Number(headers['retry-after']);
    expect([status, seconds >= 4 && seconds <= Math.ceil(8 * took)]).toEqual([429, true]);
    world.owner.handle = asOwner;
    held.shift()?.();
    await Promise.all(before);
    await world.stop();
  });
});
