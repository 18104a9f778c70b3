import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exchange, getCode, introspect, post, refresh, registerApp, type RegisteredApp } from '../app.ts';
import { plantCode } from '../plant.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const HTML = { accept: 'text/html' };
const DAY_SECONDS = 24 * 60 * 60;

describe('the token endpoint', () => {
  let world: World;
  let app: RegisteredApp;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
    token = `${tenantOf(world).issuer}/token`;
  }, 60_000);
  afterAll(() => world?.stop());

  it('SMART 37, 39, 40: answers a code with all members that SMART requires', async () => {
    const { code, verifier } = await getCode(world, app);
    const { status, headers, body } = await exchange(world, app, code, verifier);
    expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([
      200,
      'no-store',
      'no-cache',
    ]);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43,}$/),
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
      refresh_token: expect.any(String),
      id_token: expect.any(String),
      patient: 'maria',
      need_patient_banner: true,
      tenant: 'northwind',
      // patient/*.rs covers neither Consent nor AuditEvent
      scope_not_granted: expect.any(Array),
      access_grant_expiration: expect.any(String),
    });
  });

  it.each([
    ['for 90 days', 'launch/patient offline_access patient/*.rs', 90 * DAY_SECONDS],
    ['for this time only', 'launch/patient patient/*.rs', 660],
  ])('says when the consent ends: %s', async (_name, scope, seconds) => {
    const { code, verifier } = await getCode(world, app, { scope });
    const { body } = await exchange(world, app, code, verifier);
    const until = String(body['access_grant_expiration']);
    expect(until).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    const left = (Date.parse(until) - Date.now()) / 1000;
    expect(left).toBeLessThanOrEqual(seconds);
    expect(left).toBeGreaterThan(seconds - 30);
    const { body: claims } = await introspect(world, body['access_token'] as string);
    const { rows } = await world.db.query<{ until: Date }>('SELECT until FROM consent WHERE grant_id = $1', [
      claims['grant_id'],
    ]);
    expect(Math.abs(Date.parse(until) - (rows[0]?.until.getTime() ?? 0))).toBeLessThan(2_000);
    if (body['refresh_token'] === undefined) return;
    const renewed = await refresh(world, app, body['refresh_token'] as string);
    expect(renewed.body['access_grant_expiration']).toBe(until);
  });

  it('SMART 41, 42: issues tokens for ten minutes, and accepts none after that', async () => {
    const { code, verifier } = await plantCode(world, app);
    const { body } = await exchange(world, app, code, verifier);
    expect(body['expires_in']).toBeLessThanOrEqual(3_600);
    const access = body['access_token'] as string;
    expect((await introspect(world, access)).body['active']).toBe(true);
    await world.db.query(
      `UPDATE oidc_record SET expires_at = expires_at - interval '600 seconds' WHERE model = 'AccessToken'`,
    );
    expect((await introspect(world, access)).body).toEqual({ active: false });
  });

  it('SMART 41: issues no token that outlives its consent', async () => {
    const { code, verifier, grantId } = await plantCode(world, app);
    await world.db.query(
      `UPDATE oidc_record SET payload = jsonb_set(payload::jsonb, '{exp}', to_jsonb(floor(extract(epoch FROM now()))::int + 60))::text
        WHERE model = 'Grant' AND grant_id = $1`,
      [grantId],
    );
    const { body } = await exchange(world, app, code, verifier);
    expect(body['expires_in']).toBeLessThanOrEqual(60);
  });

  const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

  it.each<[string, Record<string, string> | string, Record<string, string>, [number, string]]>([
    ['no grant type', {}, {}, [400, 'invalid_request']],
    ['an unknown grant type', { grant_type: 'password' }, {}, [400, 'unsupported_grant_type']],
    ['the implicit grant', { grant_type: 'implicit' }, {}, [400, 'unsupported_grant_type']],
    ['no code', { grant_type: 'authorization_code' }, {}, [400, 'invalid_request']],
    [
      'an unknown code',
      { grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://app.example/callback' },
      {},
      [400, 'invalid_grant'],
    ],
    ['no refresh token', { grant_type: 'refresh_token' }, {}, [400, 'invalid_request']],
    [
      'an unknown refresh token',
      { grant_type: 'refresh_token', refresh_token: 'x' },
      {},
      [400, 'invalid_grant'],
    ],
    ['an unknown client', { grant_type: 'refresh_token', client_id: 'nobody' }, {}, [401, 'invalid_client']],
    [
      'a parameter twice',
      'grant_type=refresh_token&refresh_token=x&refresh_token=y',
      {},
      [400, 'invalid_request'],
    ],
    ['JSON', '{}', { 'content-type': 'application/json' }, [400, 'invalid_request']],
    ['too much', `grant_type=${'x'.repeat(60_000)}`, {}, [400, 'invalid_request']],
  ])(
    'SMART 43: answers %s with an error of RFC 6749 section 5.2, and no-store',
    async (_name, given, extra, expected) => {
      const form =
        typeof given === 'string'
          ? `${given}&client_id=${app.client_id}`
          : { client_id: app.client_id, ...given };
      for (const headers of [extra, { ...extra, ...HTML }]) {
        const answer = await post(
          token,
          typeof form === 'string' ? form : new URLSearchParams(form),
          headers,
        );
        expect([answer.status, answer.body['error']]).toEqual(expected);
        expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
        expect(answer.headers.get('cache-control')).toBe('no-store');
        expect(answer.headers.get('pragma')).toBe('no-cache');
        for (const member of Object.keys(answer.body))
          expect(['error', 'error_description', 'scope', 'error_uri', 'request_id']).toContain(member);
      }
    },
  );

  it('SMART 43: answers a failed client authentication with invalid_client', async () => {
    const confidential = await registerApp(world, { token_endpoint_auth_method: 'client_secret_basic' });
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' });
    const wrong = await post(token, form, { authorization: basic(confidential.client_id, 'wrong') });
    expect([wrong.status, wrong.body['error']]).toEqual([401, 'invalid_client']);
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic /);
    const none = await post(
      token,
      new URLSearchParams({ ...Object.fromEntries(form), client_id: confidential.client_id }),
    );
    expect([none.status, none.body['error']]).toEqual([401, 'invalid_client']);
  });

  it('SMART 43: answers a client that may not refresh with unauthorized_client', async () => {
    const once = await registerApp(world, { grant_types: ['authorization_code'] });
    const answer = await refresh(world, once, 'x');
    expect([answer.status, answer.body['error']]).toEqual([400, 'unauthorized_client']);
  });
});
