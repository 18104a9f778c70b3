import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenClaims } from '@patient-access/smart';
import * as jose from 'jose';
import * as openid from 'openid-client';
import {
  exchange,
  getCode,
  getTokens,
  introspect,
  startAuthorization,
  openAndLogIn,
  post,
  redirected,
  refresh,
  registerApp,
  registerVerifiedApp,
} from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('authorization code flow', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it('issues an opaque token for ten minutes, with the member in the response', async () => {
    const app = await registerApp(world);
    const { code, verifier } = await getCode(world, app);
    const { status, headers, body } = await exchange(world, app, code, verifier);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('pragma')).toBe('no-cache');
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 600,
      patient: 'maria',
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
    });
    expect(String(body['access_token'])).not.toContain('.');
    const introspected = await introspect(world, body['access_token'] as string);
    const claims = TokenClaims.parse(introspected.body);
    expect(claims).toMatchObject({
      aud: tenantOf(world).fhirBase,
      iss: tenantOf(world).issuer,
      tenant: 'northwind',
      client_name: 'Health Diary',
      patient: 'maria',
      fhirUser: `${tenantOf(world).fhirBase}/Patient/maria`,
      scope: body['scope'],
    });
    expect(claims.jti).not.toContain(body['access_token'] as string);
  });

  it('works with a certified client library, and signs the id_token with RS256', async () => {
    const app = await registerApp(world, { token_endpoint_auth_method: 'client_secret_post' });
    const { issuer, fhirBase } = tenantOf(world);
    const config = await openid.discovery(
      new URL(issuer),
      app.client_id,
      app.client_secret,
      openid.ClientSecretPost(app.client_secret),
      { execute: [openid.allowInsecureRequests] },
    );
    const verifier = openid.randomPKCECodeVerifier();
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: app.redirect_uri,
      scope: 'openid fhirUser launch/patient patient/Coverage.read',
      aud: fhirBase,
      state: 'a-state-of-the-app',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const [browser, page] = await openAndLogIn(world, url.href);
    const answer = await browser.submit(page, 'agree');
    const tokens = await openid.authorizationCodeGrant(
      config,
      new URL(answer.headers.get('location') ?? ''),
      {
        pkceCodeVerifier: verifier,
        expectedState: 'a-state-of-the-app',
      },
    );
    expect(jose.decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('RS256');
    expect(tokens.claims()?.['fhirUser']).toBe(`${fhirBase}/Patient/maria`);
    expect(tokens.scope).toBe('openid fhirUser launch/patient patient/Coverage.read');
    expect(tokens.refresh_token).toBeUndefined();
    const info = await openid.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub as string);
    expect(info['fhirUser']).toBe(`${fhirBase}/Patient/maria`);
  });

  it('accepts the authorization request by POST', async () => {
    const app = await registerApp(world);
    const { url } = startAuthorization(world, app);
    const [address = '', query = ''] = url.split('?');
    const { status, headers } = await post(address, query);
    expect(status).toBe(303);
    expect(headers.get('location')).toMatch(/\/auth\/northwind\/interaction\//);
  });

  it.each([
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no aud', { aud: undefined }, 'invalid_request'],
    [
      'aud of another tenant',
      { aud: 'http://127.0.0.1/payer/patient-access/v2/lakeside' },
      'invalid_request',
    ],
    ['a forged launch', { launch: 'abc' }, 'invalid_request'],
    ['a malformed resource scope', { scope: 'patient/Observation.sr' }, 'invalid_scope'],
    ['only unknown scopes', { scope: 'cheese system/*.rs patient/Nothing.rs' }, 'invalid_scope'],
    ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['prompt=none without a login', { prompt: 'none' }, 'login_required'],
  ])('refuses %s at the app', async (_name, change, error) => {
    const app = await registerVerifiedApp(world);
    const { url, state } = startAuthorization(world, app, change);
    const response = await fetch(url, { redirect: 'manual' });
    const answer = new URL((response.headers.get('location') ?? '').replace('#', '?')).searchParams;
    expect(answer.get('error')).toBe(error);
    expect(answer.get('state')).toBe(state);
  });

  it('shows the consent page for every request, and never agrees silently', async () => {
    const app = await registerVerifiedApp(world);
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    await browser.submit(page, 'agree');
    const silent = await browser.open(startAuthorization(world, app, { prompt: 'none' }).url);
    expect(redirected(silent).get('error')).toBe('consent_required');
    const again = await browser.open(startAuthorization(world, app).url);
    expect(again.html).toContain('Agree and share');
  });

  it.each([
    'https://app.example/callback/',
    'https://app.example/callback/../x',
    'https://app.example/callback?x=1',
    'https://app.example/callback#x',
    'https://APP.example/callback',
    'https://app.example:8443/callback',
    'https://app.example@evil.example/callback',
    'https://app.example.evil.example/callback',
    'http://app.example/callback',
    'https://app.example/%63allback',
    'https:\\\\app.example\\callback',
    'javascript:alert(1)',
    '',
  ])('shows an error page and redirects nowhere for redirect_uri %s', async (redirect_uri) => {
    const app = await registerApp(world);
    const response = await fetch(startAuthorization(world, app, { redirect_uri }).url, {
      redirect: 'manual',
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.get('content-type')).toMatch(/text\/html/);
    expect(await response.text()).toContain(response.headers.get('x-request-id') as string);
  });

  it('S09: a refresh may request fewer scopes and never more', async () => {
    const app = await registerApp(world);
    const scope = 'launch/patient offline_access patient/Coverage.rs patient/Patient.rs';
    const tokens = await getTokens(world, app, { scope });
    const wider = await refresh(world, app, tokens['refresh_token'] as string, { scope: 'patient/*.rs' });
    expect(wider.body['error']).toBe('invalid_scope');
    const less = await refresh(world, app, tokens['refresh_token'] as string, {
      scope: 'patient/Coverage.rs',
    });
    expect(less.body).toMatchObject({ scope: 'patient/Coverage.rs', patient: 'maria', expires_in: 600 });
    expect(less.body['refresh_token']).not.toBe(tokens['refresh_token']);
  });

  it('stores no token in clear text', async () => {
    const app = await registerApp(world, { token_endpoint_auth_method: 'client_secret_basic' });
    const { code, verifier } = await getCode(world, app);
    const authorization = `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}`;
    const { body } = await exchange(world, { ...app, client_secret: undefined }, code, verifier, {
      authorization,
    });
    const { rows } = await world.db.query<{ row: string }>(
      `SELECT oidc_record::text AS row FROM oidc_record`,
    );
    const stored = rows.map(({ row }) => row).join('\n');
    for (const secret of [code, body['access_token'], body['refresh_token'], app.client_secret]) {
      expect(typeof secret).toBe('string');
      expect(stored).not.toContain(secret);
    }
  });

  describe('what the authorization endpoint stores', () => {
    const CODES = `SELECT xmin::text AS stored_by, issued_at FROM oidc_record WHERE model = $1 ORDER BY issued_at DESC LIMIT 1`;
    const storedBy = async (model: string) =>
      (await world.db.query<{ stored_by: string }>(CODES, [model])).rows[0]?.stored_by;

    it('is stored by one statement: the next page with the session, and the code with the session', async () => {
      const app = await registerApp(world);
      const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
      await browser.submit(page, 'agree');
      expect(await storedBy('AuthorizationCode')).toBe(await storedBy('Session'));
      const again = await browser.open(startAuthorization(world, app).url);
      expect(again.html).toContain('value="agree"');
      expect(await storedBy('Interaction')).toBe(await storedBy('Session'));
    });

    it('is stored as a whole or not at all: then no cookie is set, and the person can go on later', async () => {
      const app = await registerApp(world);
      const { url } = startAuthorization(world, app);
      const [browser, page] = await openAndLogIn(world, url);
      await world.db.query(`
        CREATE FUNCTION refuse_codes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no codes'; END $$;
        CREATE TRIGGER no_codes BEFORE INSERT ON oidc_record FOR EACH ROW WHEN (NEW.model = 'AuthorizationCode')
          EXECUTE FUNCTION refuse_codes()`);
      const failed = await browser.submit(page, 'agree');
      await world.db.query('DROP TRIGGER no_codes ON oidc_record; DROP FUNCTION refuse_codes()');
      expect([failed.status, failed.headers.get('location'), failed.headers.getSetCookie()]).toEqual([
        500,
        null,
        [],
      ]);
      expect(redirected(await browser.open(failed.url)).get('code')).toMatch(/./);
    });

    it('is not stored where oidc-provider has caught the error: then no cookie is set either', async () => {
      const app = await registerApp(world);
      const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
      const { provider } = await world.server();
      provider.once('authorization.success', () => {
        throw new Error('fails after the session was saved');
      });
      const failed = await browser.submit(page, 'agree');
      expect([failed.status, failed.headers.get('location'), failed.headers.getSetCookie()]).toEqual([
        500,
        null,
        [],
      ]);
      expect(redirected(await browser.open(failed.url)).get('code')).toMatch(/./);
    });

    it('may hold what Postgres does not read as JSON', async () => {
      const app = await registerApp(world);
      const { url } = startAuthorization(world, app, { login_hint: 'maria\0\ud83d\ude00' });
      const [browser, page] = await openAndLogIn(world, url);
      expect(redirected(await browser.submit(page, 'agree')).get('code')).toMatch(/./);
    });
  });
});
