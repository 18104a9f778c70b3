import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, waitUntil } from '@patient-access/testing';
import { asApp, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

interface Attempts {
  tenant: string;
  address: string;
  reason: string;
  count: number;
  since: string;
}

describe('refusals of callers without a token', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ DENIAL_REPORT_SECONDS: '0.3', TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => world?.stop());

  const reports = () => world.auth.received.filter(({ url }) => url === '/internal/attempts');
  const reported = () => reports().flatMap(({ body }) => JSON.parse(body) as Attempts[]);
  const total = () => reported().reduce((sum, { count }) => sum + count, 0);

  it('are counted by tenant, address and reason, and reported together (case A16)', async () => {
    for (let at = 0; at < 10; at += 1) await ask(world.url, `${NORTHWIND_BASE}/Observation/1`);
    for (let at = 0; at < 5; at += 1) await asApp(world, 'never-issued-0123456789', 'Observation/1');
    await asApp(world, newToken(world), 'Observation/1');
    await waitUntil(() => total() >= 15);
    const summed = new Map<string, number>();
    for (const { tenant, address, reason, count } of reported()) {
      const key = `${tenant} ${address} ${reason}`;
      summed.set(key, (summed.get(key) ?? 0) + count);
    }
    expect(Object.fromEntries(summed)).toEqual({
      'northwind 127.0.0.1 token-missing': 10,
      'northwind 127.0.0.1 token-invalid': 5,
    });
    expect(reports().length).toBeLessThan(10);
    expect(reports()[0]?.headers.authorization).toMatch(/^Basic /);
  });

  it('are kept and added up while they cannot be reported', async () => {
    const { handle } = world.auth;
    const before = total();
    let refused = 0;
    world.auth.handle = (request, response) => {
      if (request.url !== '/internal/attempts') return handle(request, response);
      refused += 1;
      return response.writeHead(503).end();
    };
    await ask(world.url, `${NORTHWIND_BASE}/Observation/1`);
    await waitUntil(() => refused >= 1);
    await ask(world.url, `${NORTHWIND_BASE}/Observation/1`);
    await waitUntil(() => refused >= 2);
    world.auth.received.length = 0;
    world.auth.handle = handle;
    await waitUntil(() => total() === 2);
    expect(before).toBe(15);
  });
});

describe('a flood from many addresses', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ DENIAL_REPORT_SECONDS: '600', TRUSTED_PROXIES: '127.0.0.1' });
  });

  it('is reported in bodies that auth-service accepts, at the latest when the gateway stops', async () => {
    const taken: number[] = [];
    const { handle } = world.auth;
    world.auth.handle = (request, response) => {
      if (request.body.length > 64 * 1024) return response.writeHead(413).end();
      if (request.url === '/internal/attempts')
        taken.push(...(JSON.parse(request.body) as Attempts[]).map(({ count }) => count));
      return handle(request, response);
    };
    for (let at = 0; at < 1_500; at += 1) {
      const headers = { 'x-forwarded-for': `203.0.${Math.floor(at / 250)}.${at % 250}` };
      await ask(world.url, `${NORTHWIND_BASE}/Observation/1`, { headers });
    }
    await world.stop();
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(1_500);
  });
});
