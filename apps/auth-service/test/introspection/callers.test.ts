import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createPool } from '@patient-access/database';
import { decodeJwt } from 'jose';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { LiveReplicas } from '../../src/domain/replicas/live-replicas.ts';
import { INTROSPECT_SCOPE } from '../../src/provider/introspection/bearer-callers.ts';
import { limitIntrospection } from '../../src/provider/introspection/rate-limit.ts';
import { getTokens, introspect, post, registerApp, type RegisteredApp } from '../app.ts';
import { assertion, newKey, plantBackend, postAsserted, TOKEN } from '../keys.ts';
import { plantAccessToken } from '../plant.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('a caller of introspection', () => {
  let world: World;
  let app: RegisteredApp;
  let tokens: Record<string, string>;
  let endpoint: string;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world, { token_endpoint_auth_method: 'client_secret_post' });
    tokens = await getTokens(world, app);
    endpoint = `${tenantOf(world).issuer}/introspect`;
  }, 60_000);
  afterEach(() => void jest.restoreAllMocks());
  afterAll(() => world?.stop());

  const ask = (
    token: string | undefined,
    headers: Record<string, string>,
    form: Record<string, string> = {},
  ) => post(endpoint, new URLSearchParams({ token: token ?? '', ...form }), headers);

  it('SMART 93, 94, 95, 96: gets the scope and launch context of the token as a resource server', async () => {
    const { status, body } = await introspect(world, tokens['access_token'] as string);
    const { issuer, fhirBase } = tenantOf(world);
    expect(status).toBe(200);
    expect(body).toEqual({
      active: true,
      scope: tokens['scope'],
      client_id: app.client_id,
      client_name: 'Health Diary',
      exp: expect.any(Number),
      iat: expect.any(Number),
      iss: issuer,
      sub: expect.any(String),
      aud: fhirBase,
      jti: expect.stringMatching(/^sha256\./),
      token_type: 'Bearer',
      tenant: 'northwind',
      grant_id: expect.any(String),
      patient: tokens['patient'],
      need_patient_banner: tokens['need_patient_banner'],
      fhirUser: `${fhirBase}/Patient/maria`,
    });
    expect(Number(body['exp']) - Number(body['iat'])).toBe(tokens['expires_in']);
    const id = JSON.parse(Buffer.from(tokens['id_token']?.split('.')[1] ?? '', 'base64url').toString());
    expect([id.iss, id.sub, id.fhirUser]).toEqual([body['iss'], body['sub'], body['fhirUser']]);
  });

  it('SMART 97: gets only active: false for any other token', async () => {
    for (const token of ['nonsense', '.', tokens['id_token']?.slice(0, 20), 'x'.repeat(10_000)])
      expect((await introspect(world, token as string)).body).toEqual({ active: false });
    expect((await introspect(world, tokens['access_token'] as string, 'lakeside')).body).toEqual({
      active: false,
    });
  });

  it('SMART 98: may introspect its own tokens as a confidential client', async () => {
    const own = { client_id: app.client_id, client_secret: app.client_secret as string };
    for (const name of ['access_token', 'refresh_token'])
      expect((await ask(tokens[name], {}, own)).body).toMatchObject({
        active: true,
        client_id: app.client_id,
      });
    const accept = 'application/token-introspection+jwt';
    const { headers, text } = await ask(tokens['access_token'], { accept }, own);
    expect(headers.get('content-type')).toContain(accept);
    expect(decodeJwt(text)).toMatchObject({ aud: app.client_id, token_introspection: { active: true } });
    const open = await registerApp(world);
    const theirs = await getTokens(world, open);
    expect((await ask(theirs['access_token'], {}, own)).body).toEqual({ active: false });
    expect((await ask(theirs['access_token'], {}, { client_id: open.client_id })).body).toEqual({
      active: false,
    });
  });

  describe('with a bearer token', () => {
    let backend: RegisteredApp;
    const bearing = async (scope: string, tenant = 'northwind') => {
      const caller = tenant === 'northwind' ? backend : await registerApp(world, {}, tenant);
      return { authorization: `Bearer ${await plantAccessToken(world, caller, scope)}` };
    };
    beforeAll(async () => {
      backend = await registerApp(world, { client_name: 'Auditor' });
    });

    it('SMART 98: with the introspection scope may introspect the tokens of all clients of the tenant', async () => {
      const headers = await bearing(`system/*.rs ${INTROSPECT_SCOPE}`);
      const { status, headers: answered, body } = await ask(tokens['access_token'], headers);
      expect([status, answered.get('cache-control')]).toEqual([200, 'no-store']);
      expect(body).toEqual((await introspect(world, tokens['access_token'] as string)).body);
      expect((await ask('nonsense', headers)).body).toEqual({ active: false });
      expect((await ask(tokens['refresh_token'], headers)).body).toEqual({ active: false });
      const elsewhere = await getTokens(world, await registerApp(world, {}, 'lakeside'), {}, 'manuel.many');
      expect((await ask(elsewhere['access_token'], headers)).body).toEqual({ active: false });
      // Only the gateway gets introspection JWTs that services accept.
      const signed = await ask(tokens['access_token'], {
        ...headers,
        accept: 'application/token-introspection+jwt',
      });
      expect(signed.body['active']).toBe(true);
    });

    it('SMART 98: may be a backend service that is pre-authorized for the scope', async () => {
      const key = await newKey();
      const given = { system_scope: `system/Location.rs ${INTROSPECT_SCOPE}` };
      const id = await plantBackend(world, { jwks: { keys: [key.jwk] } }, given);
      const bearer = async (scope: string) => {
        const answer = await postAsserted(world, await assertion(world, id, key), { ...TOKEN, scope });
        return { authorization: `Bearer ${answer.body['access_token']}` };
      };
      const own = await bearer(INTROSPECT_SCOPE);
      expect((await ask(tokens['access_token'], own)).body).toMatchObject({ active: true, patient: 'maria' });
      expect((await ask(own.authorization.slice('Bearer '.length), own)).body).toMatchObject({
        active: true,
        sub: id,
      });
      expect((await ask(tokens['access_token'], await bearer('system/Location.rs'))).status).toBe(403);
      const other = await plantBackend(world, { jwks: { keys: [key.jwk] } });
      const form = { ...TOKEN, scope: INTROSPECT_SCOPE };
      const refused = await postAsserted(world, await assertion(world, other, key), form);
      expect(refused.body['error']).toBe('invalid_scope');
    });

    it('SMART 98: with another scope may introspect no token', async () => {
      for (const scope of ['system/*.rs', `x${INTROSPECT_SCOPE}`, `${INTROSPECT_SCOPE}ion`, 'openid']) {
        const { status, headers, body } = await ask(tokens['access_token'], await bearing(scope));
        expect([status, body['error']]).toEqual([403, 'insufficient_scope']);
        expect(headers.get('www-authenticate')).toContain('error="insufficient_scope"');
      }
    });

    it('SMART 98: that has ended may introspect no token', async () => {
      const revoked = await plantAccessToken(world, backend, INTROSPECT_SCOPE);
      // A redemption leaves such a token behind when a revocation came first (case O33).
      const orphan = await plantAccessToken(world, backend, INTROSPECT_SCOPE);
      for (const [token, model] of [
        [revoked, 'AccessToken'],
        [orphan, 'Grant'],
      ] as const) {
        const { grant_id: grantId } = (await introspect(world, token)).body;
        await world.db.query('DELETE FROM oidc_record WHERE grant_id = $1 AND model = $2', [grantId, model]);
      }
      const elsewhere = await bearing(INTROSPECT_SCOPE, 'lakeside');
      for (const authorization of [
        `Bearer ${revoked}`,
        `Bearer ${orphan}`,
        elsewhere.authorization,
        `Bearer ${tokens['refresh_token']}`,
        'Bearer ',
        'Bearer',
        'Bearer nonsense',
        `Bearer ${'x'.repeat(20_000)}`.slice(0, 8_000),
      ]) {
        const { status, headers, body } = await ask(tokens['access_token'], { authorization });
        expect([status, body['error']]).toEqual([401, 'invalid_token']);
        expect(body['error_description']).toContain('bound to a key is not taken here');
        expect(headers.get('www-authenticate')).toMatch(/^Bearer /);
      }
    });

    it('has a scope that no member app can get', async () => {
      const greedy = await getTokens(world, await registerApp(world), {
        scope: `launch/patient patient/*.rs ${INTROSPECT_SCOPE}`,
      });
      expect(greedy['scope']).toBe('launch/patient patient/*.rs');
      const { status } = await ask(tokens['access_token'], {
        authorization: `Bearer ${greedy['access_token']}`,
      });
      expect(status).toBe(403);
    });
  });

  it('is limited by address from outside, unlike the gateway, and says when the window ends', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.77' };
    // The next window of ten seconds. The clock stands still in it, so that a slow machine sends all requests in one.
    const start = Math.ceil(Date.now() / 10_000) * 10_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(start + 2_500);
    const first = await ask('x', headers);
    expect(first.headers.get('ratelimit-policy')).toBe('"introspection";q=500;w=10');
    expect(first.headers.get('ratelimit')).toBe('"introspection";r=499;t=8');
    let refused: Awaited<ReturnType<typeof ask>> | undefined;
    for (let asked = 0; asked <= 500 && !refused; asked += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask('x', headers)));
      refused = answers.find(({ status }) => status === 429);
    }
    expect(refused?.headers.get('retry-after')).toBe('8');
    expect(refused?.headers.get('ratelimit')).toBe('"introspection";r=0;t=8');
    expect((await ask('x', { 'x-forwarded-for': '203.0.113.78' })).status).not.toBe(429);
    expect((await introspect(world, tokens['access_token'] as string)).status).toBe(200);
    clock.mockReturnValue(start + 9_999);
    expect((await ask('x', headers)).headers.get('retry-after')).toBe('1');
    clock.mockReturnValue(start + 10_000);
    expect((await ask('x', headers)).status).not.toBe(429);
  });

  it('is limited for an IPv6 network as one address', async () => {
    const start = Math.ceil(Date.now() / 10_000) * 10_000;
    jest.spyOn(Date, 'now').mockReturnValue(start);
    const left = async (address: string) => {
      const { headers } = await ask('x', { 'x-forwarded-for': address });
      return /r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
    };
    expect(await left('2001:db8:0:1::1')).toBe('499');
    expect(await left('2001:db8:0:1:ffff::2')).toBe('498');
    expect(await left('2001:db8:0:2::1')).toBe('499');
  });

  it('is limited for all networks together beyond the number that is counted singly', async () => {
    const pool = await createPool(world.databaseUrl, { max: 1 });
    const replicas = new LiveReplicas(pool);
    const limit = limitIntrospection('/introspection', replicas);
    jest.spyOn(Date, 'now').mockReturnValue(Math.ceil(Date.now() / 10_000) * 10_000);
    const left = async (address: string) => {
      const shown: Record<string, string> = {};
      const set = (headers: Record<string, string>) => Object.assign(shown, headers);
      const ctx = { path: '/introspection', get: () => address, set } as unknown as KoaContextWithOIDC;
      await limit(ctx, () => Promise.resolve());
      return /r=(\d+)/.exec(shown['RateLimit'] ?? '')?.[1];
    };
    for (let n = 0; n < 10_000; n += 1) await left(`10.1.${n >> 8}.${n & 255}`);
    expect(await left('10.1.0.0')).toBe('498');
    expect([await left('10.2.0.1'), await left('10.2.0.2'), await left('10.2.0.1')]).toEqual([
      '499',
      '498',
      '497',
    ]);
    replicas.stop();
    await pool.end();
  });
});
