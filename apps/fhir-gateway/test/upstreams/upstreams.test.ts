import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, waitUntil } from '@patient-access/testing';
import { Pool } from 'undici';
import { AuthClient } from '../../src/auth-client/auth-client.ts';
import { asApp, asOwner, newToken, type Party, startParty, startWorld, type World } from '../world.ts';

describe('an owner', () => {
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

  async function expectUnavailable(): Promise<void> {
    const { status, headers, text } = await asApp(world, token, 'Observation/1');
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(JSON.parse(text)).toMatchObject({ issue: [{ code: 'transient' }] });
    expect(text).not.toMatch(/ECONN|127\.0\.0\.1|socket|undici/i);
  }

  it('that breaks off before its head gives a 503', async () => {
    world.owner.handle = (_request, response) => response.destroy();
    await expectUnavailable();
  });

  it('that does not speak HTTP gives a 503', async () => {
    world.owner.handle = (_request, response) => response.socket?.end('nonsense\r\n\r\n');
    await expectUnavailable();
  });

  /** Sends a part of the answer and then breaks off. */
  function breakOff(part: string, length?: string): void {
    world.owner.handle = (request, response) => {
      if (length !== undefined) response.setHeader('content-length', length);
      response.end = (() => {
        response.write(part);
        setTimeout(() => response.destroy(), 50);
        return response;
      }) as typeof response.end;
      return asOwner(request, response);
    };
  }

  async function expectUsable(): Promise<void> {
    world.owner.handle = asOwner;
    expect((await asApp(world, token, 'Observation/1')).status).toBe(200);
  }

  it.each([
    ['with a length', '{"resourceType":"Bundle"', '1000'],
    ['in chunks', '{"resourceType":"Bundle"}', undefined],
  ])('that breaks off in the middle of a short body %s gives a 503', async (_what, part, length) => {
    breakOff(part, length);
    await expectUnavailable();
    await expectUsable();
  });

  it.each([
    ['with a length', '1000000'],
    ['in chunks', undefined],
  ])(
    'that breaks off in the middle of a long body %s leaves no answer that looks complete',
    async (_what, length) => {
      breakOff(`{"resourceType":"Bundle","id":"${'x'.repeat(200_000)}"}`, length);
      await expect(asApp(world, token, 'Observation/1')).rejects.toThrow();
      await expectUsable();
    },
  );

  it('that does not answer is given up on after its deadline', async () => {
    world.owner.handle = () => undefined;
    const start = Date.now();
    await expectUnavailable();
    expect(Date.now() - start).toBeLessThan(8_000);
  }, 20_000);

  it('is told to stop when its client leaves', async () => {
    let [asked, closed] = [false, false];
    world.owner.handle = (_request, response) => {
      asked = true;
      response.on('close', () => (closed = true));
    };
    const abort = new AbortController();
    const pending = fetch(`${world.url}/payer/patient-access/v2/northwind/Observation`, {
      headers: { authorization: `Bearer ${token}` },
      signal: abort.signal,
    }).catch(() => undefined);
    await waitUntil(() => asked);
    abort.abort();
    await pending;
    await waitUntil(() => closed);
  });

  it('may answer with any status, which is passed on', async () => {
    for (const status of [304, 400, 403, 404, 405, 503]) {
      world.owner.handle = (request, response) => {
        response.statusCode = status;
        return asOwner(request, response);
      };
      expect((await asApp(world, token, 'Observation/1')).status).toBe(status);
    }
  });

  it('answers HEAD without a body', async () => {
    const { status, text } = await asApp(world, token, 'Observation/1', { method: 'HEAD' });
    expect([status, text, world.owner.received.at(-1)?.method]).toEqual([200, '', 'HEAD']);
  });
});

describe('an owner that is down', () => {
  it('gives a 503 for its own types only', async () => {
    const world = await startWorld({ CLAIMS_URL: 'http://127.0.0.1:9' });
    const token = newToken(world);
    const [claim, observation] = [
      await asApp(world, token, 'Claim/1'),
      await asApp(world, token, 'Observation/1'),
    ];
    await world.auth.stop();
    const auth = await ask(world.url, '/auth/northwind/oauth2/v1/token');
    await world.stop();
    expect([claim.status, observation.status, auth.status]).toEqual([503, 200, 503]);
  });
});

describe('an auth-service that hangs', () => {
  it('is given up on by all requests within the time that one may wait', async () => {
    const world = await startWorld();
    const tokens = Array.from({ length: 200 }, () => newToken(world));
    for (const token of tokens) world.tokens.set(token, () => undefined);
    const start = Date.now();
    const answers = await Promise.all(tokens.map((token) => asApp(world, token, 'Observation/1')));
    const tookMs = Date.now() - start;
    const heard = new Set(answers.map(({ status, headers }) => `${status} ${headers['retry-after']}`));
    await world.stop();
    expect([...heard]).toEqual(['503 2']);
    expect(tookMs).toBeLessThan(10_000);
  }, 60_000);

  it('is given up on within the same time by whoever would get a connection late', async () => {
    const auth: Party = await startParty((_request, response) => {
      // The first answer comes late, and no other one comes.
      if (auth.received.length === 1) setTimeout(() => response.writeHead(404).end(), 4_800);
    });
    const pool = new Pool(auth.url);
    const client = new AuthClient(pool, 'a secret of the tests', 1);
    const first = client.isRegisteredOrigin('northwind', 'https://first.example');
    const start = Date.now();
    await expect(client.isRegisteredOrigin('northwind', 'https://second.example')).rejects.toMatchObject({
      status: 503,
    });
    const tookMs = Date.now() - start;
    expect(await first).toBe(false);
    await pool.destroy();
    await auth.stop();
    expect([auth.received.length, tookMs < 5_500]).toEqual([1, true]);
  }, 20_000);
});

describe('an owner that hangs', () => {
  let claims: Party;
  let world: World;
  beforeAll(async () => {
    claims = await startParty(() => undefined);
    world = await startWorld({ CLAIMS_URL: claims.url, TENANT_REQUESTS: '4', GRANT_REQUESTS: '2' });
  });
  afterAll(async () => {
    await claims?.stop();
    await world?.stop();
  });

  it('P02, P05: blocks its own requests and no others', async () => {
    const tokens = ['a', 'b', 'c', 'd'].map((grant) => newToken(world, { grant_id: `grant-${grant}` }));
    const waiting = tokens.flatMap((token) =>
      Array.from({ length: 6 }, () => asApp(world, token, 'Claim/1').catch(() => ({ status: 503 }))),
    );
    await waitUntil(() => claims.received.length === 4);
    const others = [];
    for (const token of tokens) others.push((await asApp(world, token, 'Observation/1')).status);
    expect(others).toEqual([200, 200, 200, 200]);
    // The first requests have not been answered yet.
    expect(claims.received).toHaveLength(4);
    await claims.stop();
    const statuses = new Set((await Promise.all(waiting)).map(({ status }) => status));
    expect([...statuses].filter((status) => ![429, 503].includes(status))).toEqual([]);
  }, 20_000);
});
