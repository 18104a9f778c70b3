import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger, createService } from '@patient-access/platform';
import { loadConfig } from '@patient-access/platform/config';
import type { TokenClaims } from '@patient-access/smart';
import { ask, waitUntil } from '@patient-access/testing';
import { GatewaySettings } from '../../src/config.ts';
import { gatewayModule } from '../../src/gateway.module.ts';
import { NORTHWIND_BASE, asApp, introspections, newToken, startWorld, type World } from '../world.ts';

const SILENT_MS = 300;
const settle = () => new Promise((resolve) => setTimeout(resolve, SILENT_MS));

describe('introspection', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await waitUntil(() => world.auth.received.some(({ url }) => url === '/internal/revocations'));
  });
  afterAll(() => world?.stop());

  const status = async (token: string) => (await asApp(world, token, 'Observation/1')).status;
  const asked = (token: string) => introspections(world).filter(({ body }) => body.includes(token)).length;

  it('is requested with the gateway’s credential, and answered with a signed JWT', async () => {
    const token = newToken(world);
    await status(token);
    const { headers, body, url } = introspections(world).at(-1) ?? {};
    expect(url).toBe('/internal/northwind/introspection');
    expect(headers).toMatchObject({ authorization: expect.stringMatching(/^Basic /) });
    expect(JSON.parse(body ?? '')).toEqual({ token, request: `GET ${NORTHWIND_BASE}/Observation/1` });
  });

  it('is kept for a while, and requested once when many requests need it', async () => {
    const token = newToken(world);
    expect(await Promise.all(Array.from({ length: 20 }, () => status(token)))).toEqual(Array(20).fill(200));
    expect(await status(token)).toBe(200);
    expect(asked(token)).toBe(1);
  });

  it('S12: of a token at one tenant is not used at another', async () => {
    const token = newToken(world);
    await status(token);
    const headers = { authorization: `Bearer ${token}` };
    expect((await ask(world.url, '/payer/patient-access/v2/lakeside/Observation', { headers })).status).toBe(
      404,
    );
  });

  it.each([
    ['grant', { tenant: 'northwind', grantId: 'grant-revoked' }],
    ['token', { tenant: 'northwind', jti: 'jti-revoked' }],
    ['login', { tenant: 'northwind', sub: 'sub-revoked' }],
    ['app', { tenant: 'northwind', clientId: 'client-revoked' }],
  ])('is dropped at once when the %s is revoked', async (_what, revoked) => {
    const named = (what: string) => ({
      grant_id: `grant-${what}`,
      jti: `jti-${what}`,
      sub: `sub-${what}`,
      client_id: `client-${what}`,
    });
    const token = newToken(world, named('revoked'));
    const other = newToken(world, named('other'));
    expect([await status(token), await status(other)]).toEqual([200, 200]);
    world.tokens.delete(token);
    world.push(`data: ${JSON.stringify(revoked)}\n\n`);
    await settle();
    expect([await status(token), await status(other)]).toEqual([401, 200]);
    expect(asked(other)).toBe(1);
  });

  it('is dropped when the notice holds a line separator of Unicode, or cannot be read', async () => {
    const names = ['one\u2028app', 'another app'];
    const [named, kept] = names.map((client_id) => newToken(world, { client_id })) as [string, string];
    expect([await status(named), await status(kept)]).toEqual([200, 200]);
    world.tokens.delete(named);
    world.push(`data: ${JSON.stringify({ tenant: 'northwind', clientId: names[0] })}\n\n`);
    await waitUntil(async () => (await status(named)) === 401);
    world.push(': a comment\nid: 1\nretry: 10\nevent: later\ndata: nothing\n\n');
    await settle();
    expect([await status(kept), asked(kept)]).toEqual([200, 1]);
    world.tokens.delete(kept);
    world.push('dat\n\n');
    await waitUntil(async () => (await status(kept)) === 401);
  });

  it('is kept when something else is revoked', async () => {
    const token = newToken(world, { grant_id: 'grant-1', jti: 'jti-1' });
    await status(token);
    world.push(`data: ${JSON.stringify({ tenant: 'lakeside', grantId: 'grant-1' })}\n\n`);
    world.push(`data: ${JSON.stringify({ tenant: 'lakeside' })}\n\n`);
    world.push(`data: ${JSON.stringify({ tenant: 'northwind', grantId: 'grant-2' })}\n\n`);
    await settle();
    await status(token);
    expect(asked(token)).toBe(1);
  });

  it('T10: of all tokens of a tenant is dropped when the tenant is suspended', async () => {
    const token = newToken(world);
    expect(await status(token)).toBe(200);
    world.tokens.delete(token);
    world.push(`data: ${JSON.stringify({ tenant: 'northwind' })}\n\n`);
    await settle();
    expect(await status(token)).toBe(401);
  });

  it('that was under way when the revocation came is not used for any request that waits for it', async () => {
    const claims = world.issuer.claims('northwind', 'anna', { grant_id: 'grant-joined' });
    const token = 'opaque-token-joined-in-a-race';
    let asked = 0;
    world.tokens.set(token, async (_request, response) => {
      const jwt = await world.issuer.sign(claims);
      asked += 1;
      if (asked > 1) {
        return response.end(await world.issuer.sign({ active: false } as never, { iss: claims.iss }));
      }
      await settle();
      return response.end(jwt);
    });
    const first = status(token);
    await waitUntil(() => asked === 1);
    world.push(`data: ${JSON.stringify({ tenant: 'northwind', grantId: 'grant-joined' })}\n\n`);
    await new Promise((resolve) => setTimeout(resolve, SILENT_MS / 3));
    // These requests come after the revocation, while the older answer has not arrived yet.
    expect(await Promise.all([first, status(token), status(token)])).toEqual([401, 401, 401]);
    expect(await status(token)).toBe(401);
  });

  it('that was under way when the revocation came is not kept', async () => {
    const claims = world.issuer.claims('northwind', 'anna', { grant_id: 'grant-race' });
    const token = 'opaque-token-in-a-race';
    world.tokens.set(token, async (_request, response) => {
      const jwt = await world.issuer.sign(claims);
      world.push(`data: ${JSON.stringify({ tenant: 'northwind', grantId: 'grant-race' })}\n\n`);
      await settle();
      response.end(jwt);
    });
    await status(token);
    world.tokens.delete(token);
    expect(await status(token)).toBe(401);
  });

  it('gives a 503 when notices may have been missed twice while it was under way: the token may be good', async () => {
    const token = newToken(world);
    const claims = world.tokens.get(token);
    world.tokens.set(token, async (_request, response) => {
      const jwt = await world.issuer.sign(claims as TokenClaims, { iss: 'https://plan.example' });
      // Nobody can read this: like a stream that begins anew, it may stand for the end of every token.
      world.push('dat\n\n');
      await settle();
      response.end(jwt);
    });
    const { status: refused, headers } = await asApp(world, token, 'Observation/1');
    expect([refused, headers['retry-after'], asked(token)]).toEqual([503, '2', 2]);
    if (claims) world.tokens.set(token, claims);
    expect(await status(token)).toBe(200);
  });

  it('is renewed while it is used, for many tokens at once, unless one ended meanwhile', async () => {
    const [used, ended, revoked] = [
      newToken(world),
      newToken(world),
      newToken(world, { jti: 'jti-meanwhile' }),
    ];
    const tokens = [used, ended, revoked];
    const credential = () => world.owner.received.at(-1)?.headers.authorization;
    expect(await Promise.all(tokens.map(status))).toEqual([200, 200, 200]);
    await status(used);
    const first = credential();
    world.tokens.delete(ended);
    const { handle } = world.auth;
    world.auth.handle = (request, response) => {
      const isRenewal = request.url.endsWith('/introspections') && request.body.includes(revoked);
      return handle(request, isRenewal ? afterNotice(response) : response);
    };
    /** Holds an answer back until a notice has come that it does not know of. */
    const afterNotice = (response: ServerResponse) => {
      const end = response.end.bind(response) as (text: string) => ServerResponse;
      return Object.assign(response, {
        end(text: string) {
          world.tokens.delete(revoked);
          world.push(`data: ${JSON.stringify({ tenant: 'northwind', jti: 'jti-meanwhile' })}\n\n`);
          setTimeout(() => end(text), SILENT_MS);
        },
      });
    };
    const renewed = () =>
      world.auth.received
        .filter(({ url }) => url === '/internal/northwind/introspections')
        .flatMap(({ body }) => (JSON.parse(body) as { tokens: string[] }).tokens);
    // With a pause between the requests: together they stay below the quota of their app.
    await waitUntil(async () => {
      await Promise.all(tokens.map(status));
      return tokens.every((token) => renewed().includes(token));
    });
    await waitUntil(async () => (await status(used)) === 200 && credential() !== first);
    world.auth.handle = handle;
    expect([await status(ended), await status(revoked), await status(used)]).toEqual([401, 401, 200]);
    expect(asked(used)).toBe(1);
  });

  it('says by the clock of auth-service whether a token has ended: that of the gateway may be ahead', async () => {
    const there = Math.floor(Date.now() / 1_000) - 3_600;
    const [live, ended] = [600, -1].map((left) => {
      const token = newToken(world);
      const claims = world.issuer.claims('northwind', 'anna', { exp: there + left });
      world.tokens.set(token, async (_request, response) =>
        response.end(await world.issuer.sign(claims, { iat: there })),
      );
      return token;
    }) as [string, string];
    expect([await status(live), await status(live), await status(ended)]).toEqual([200, 200, 401]);
    expect(asked(live)).toBe(1);
  });

  it.each([
    ['an error', 500, ''],
    ['no JWT', 200, '{"active":true}'],
    ['nothing', 200, ''],
    ['nonsense', 200, 'a.b.c'],
    ['a refusal of the gateway itself', 401, '{}'],
  ])('that ends in %s gives a 503, and is not kept', async (_what, code, body) => {
    const token = newToken(world);
    const claims = world.tokens.get(token);
    world.tokens.set(token, (_request, response) => response.writeHead(code).end(body));
    expect(await status(token)).toBe(503);
    if (claims) world.tokens.set(token, claims);
    expect(await status(token)).toBe(200);
  });

  it('that breaks off in the middle gives a 503', async () => {
    const token = newToken(world);
    world.tokens.set(token, (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('eyJ');
      setTimeout(() => response.destroy(), 30);
    });
    expect(await status(token)).toBe(503);
  });
});

describe('without auth-service', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  it('keeps a known token for five seconds at most, and then refuses all (rule D17)', async () => {
    const [known, unknown] = [newToken(world), newToken(world)];
    expect((await asApp(world, known, 'Observation/1')).status).toBe(200);
    await waitUntil(() => world.auth.received.some(({ url }) => url === '/internal/revocations'));
    const start = Date.now();
    await world.auth.stop();
    expect((await asApp(world, unknown, 'Observation/1')).status).toBe(503);
    let status = 200;
    while (status === 200 && Date.now() - start < 10_000) {
      ({ status } = await asApp(world, known, 'Observation/1'));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect([status, Date.now() - start < 6_000]).toEqual([503, true]);
  });

  it('stays ready, so that apps get an answer of ours', async () => {
    expect((await ask(world.url, '/health/ready')).status).toBe(200);
    const { status, headers, text } = await asApp(world, newToken(world), 'Observation/1');
    expect([status, headers['retry-after'], JSON.parse(text).resourceType]).toEqual([
      503,
      '2',
      'OperationOutcome',
    ]);
    expect((await ask(world.url, `${NORTHWIND_BASE}/metadata`)).status).toBe(200);
  });

  it('is not ready before it has heard of revocations once', async () => {
    const config = loadConfig(GatewaySettings, world.environment);
    const logger = createLogger('fhir-gateway', 'silent');
    const started = await createService(gatewayModule(config, logger), logger, {
      publicUrl: config.PUBLIC_URL,
    });
    await started.listen(0, '127.0.0.1');
    const url = await started.getUrl();
    expect((await ask(url, '/health/ready')).status).toBe(503);
    expect((await ask(url, '/health/live')).status).toBe(200);
    await started.close();
  });
});
