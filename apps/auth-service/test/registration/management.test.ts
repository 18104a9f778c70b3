import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { administer } from '../administration.ts';
import {
  getTokens,
  introspect,
  openAndLogIn,
  startAuthorization,
  post,
  REDIRECT,
  refresh,
  registerApp,
  type RegisteredApp,
} from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

type Registered = RegisteredApp & {
  registration_client_uri: string;
  registration_access_token: string;
  redirect_uris: string[];
};
type Members = Record<string, unknown>;

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' };

describe('a registration', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const make = async (metadata: Members = {}) => (await registerApp(world, metadata)) as Registered;

  async function manage(
    method: string,
    app: Registered,
    body?: Members,
    token = app.registration_access_token,
  ) {
    const response = await fetch(app.registration_client_uri, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : {}) as Members,
    };
  }

  const sent = ({ client_id, redirect_uris }: Registered): Members => ({
    client_id,
    redirect_uris,
    client_name: 'Health Diary',
    token_endpoint_auth_method: 'none',
  });

  it('SMART 28: can be read by its client, without the secret', async () => {
    const app = await make({ token_endpoint_auth_method: 'client_secret_basic' });
    expect(app.registration_client_uri).toBe(`${tenantOf(world).issuer}/register/${app.client_id}`);
    const { status, headers, body } = await manage('GET', app);
    expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([
      200,
      'no-store',
      'no-cache',
    ]);
    const { tenant: _tenant, redirect_uri: _uri, client_secret, ...same } = app;
    expect({ ...body, client_secret_expires_at: 0 }).toEqual(same);
    const { rows } = await world.db.query('SELECT client::text AS row FROM client');
    for (const secret of [client_secret, app.registration_access_token])
      expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('is replaced as a whole and at once', async () => {
    const app = await make({ client_uri: 'https://app.example/' });
    const redirect_uris = ['https://app.example/new'];
    const { status, body } = await manage('PUT', app, { ...sent(app), redirect_uris, client_uri: null });
    expect([status, body['redirect_uris']]).toEqual([200, redirect_uris]);
    expect(body).not.toHaveProperty('client_uri');
    const open = async (redirect_uri: string) =>
      (await fetch(startAuthorization(world, app, { redirect_uri }).url, { redirect: 'manual' })).status;
    expect([await open('https://app.example/new'), await open(REDIRECT)]).toEqual([303, 400]);
  });

  it('keeps its secret when it is replaced, even if the client sends the secret', async () => {
    const app = await make({ token_endpoint_auth_method: 'client_secret_post' });
    const { client_id, client_secret } = app;
    const change = { ...sent(app), token_endpoint_auth_method: 'client_secret_post' };
    expect((await manage('PUT', app, change)).status).toBe(200);
    expect((await manage('PUT', app, { ...change, client_secret })).status).toBe(200);
    expect((await manage('PUT', app, { ...change, client_secret: 'mine' })).status).toBe(400);
    const form = new URLSearchParams({ token: 'x', client_id, client_secret: String(client_secret) });
    expect((await post(`${tenantOf(world).issuer}/introspect`, form)).body).toEqual({ active: false });
  });

  it.each([
    ['another client_id', { client_id: 'fhir-gateway' }],
    ['no client_id', { client_id: undefined }],
    ['a registration access token', { registration_access_token: 'x' }],
    ['a registration time', { client_id_issued_at: 1 }],
    ['a wildcard redirect', { redirect_uris: ['https://*.example/'] }],
    ['a name that the app may not use', { client_name: 'Medicare' }],
    ['a secret instead of no authentication', { token_endpoint_auth_method: 'client_secret_basic' }],
  ])('O17, O20: is not replaced with %s', async (_name, change) => {
    const app = await make();
    expect((await manage('PUT', app, { ...sent(app), ...change })).status).toBe(400);
    const { redirect_uris, client_name } = (await manage('GET', app)).body;
    expect([redirect_uris, client_name]).toEqual([[REDIRECT], 'Health Diary']);
  });

  it('O20: cannot change from a secret to no authentication', async () => {
    const app = await make({ token_endpoint_auth_method: 'client_secret_basic' });
    expect((await manage('PUT', app, sent(app))).status).toBe(400);
  });

  it.each([
    ['redirect_uris', { redirect_uris: [REDIRECT, 'https://app.example/more'] }],
    [
      'jwks',
      {
        jwks: {
          keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'a', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }],
        },
      },
    ],
    ['jwks_uri', { jwks_uri: 'https://app.example/jwks' }],
    ['client_name', { client_name: 'Another Diary' }],
    ['policy_uri', { policy_uri: 'https://evil.example/' }],
    ['logo_uri', { logo_uri: 'https://evil.example/logo.png' }],
  ])('O17: of a verified app keeps its %s, which only the plan can change', async (_name, change) => {
    const app = await make({ client_name: 'Health Diary' });
    const facts = { publisher: 'Diary Inc.', domain: 'app.example', contact: 'help@app.example' };
    expect((await administer(world, 'POST', `northwind/clients/${app.client_id}/verify`, facts)).status).toBe(
      200,
    );
    const as = { ...sent(app), contacts: ['help@app.example'] };
    expect((await manage('PUT', app, as)).status).toBe(200);
    const refused = await manage('PUT', app, { ...as, ...change });
    expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_client_metadata']);
    const { body } = await manage('GET', app);
    expect(body).toMatchObject({ verified: true, publisher: 'Diary Inc.', redirect_uris: [REDIRECT] });
  });

  it.each(['GET', 'PUT', 'DELETE'])('refuses %s from anybody else', async (method) => {
    const [app, other] = [await make(), await make()];
    const elsewhere = {
      ...app,
      registration_client_uri: app.registration_client_uri.replace('northwind', 'lakeside'),
    };
    const body = method === 'PUT' ? sent(app) : undefined;
    for (const [target, token] of [
      [app, other.registration_access_token],
      [app, 'nonsense'],
      [elsewhere, app.registration_access_token],
      [{ ...app, registration_client_uri: `${tenantOf(world).issuer}/register/fhir-gateway` }, 'x'],
      [{ ...app, registration_client_uri: `${tenantOf(world).issuer}/register/%00` }, 'x'],
    ] as const) {
      const { status, body: answer } = await manage(method, target, body, token);
      expect([status, answer['error']]).toEqual([401, 'invalid_token']);
    }
    // RFC 6750 section 3.1: an error is named where credentials were sent.
    for (const [headers, challenge] of [
      [{}, 'Bearer realm="registration"'],
      [{ authorization: 'Bearer x' }, 'Bearer realm="registration", error="invalid_token"'],
    ] as const) {
      const refused = await fetch(app.registration_client_uri, { method: 'DELETE', headers });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, challenge]);
    }
    expect((await manage('GET', app)).status).toBe(200);
  });

  it('is deleted with all its grants', async () => {
    const app = await make();
    const tokens = await getTokens(world, app);
    expect((await manage('DELETE', app)).status).toBe(204);
    expect((await introspect(world, String(tokens['access_token']))).body).toEqual({ active: false });
    expect((await refresh(world, app, String(tokens['refresh_token']))).body['error']).toBe('invalid_client');
    expect((await manage('GET', app)).status).toBe(401);
    const { rows } = await world.db.query('SELECT revoked_at FROM consent WHERE client_id = $1', [
      app.client_id,
    ]);
    expect(rows).toEqual([{ revoked_at: expect.any(Date) }]);
  });

  it('O01: without a redirect URI ends the pages whose answer would go there', async () => {
    const app = await make({ redirect_uris: [REDIRECT, 'https://app.example/second'] });
    const [browser, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    const fewer = { ...sent(app), redirect_uris: ['https://app.example/second'] };
    expect((await manage('PUT', app, fewer)).status).toBe(200);
    const answered = await browser.submit(page, 'agree');
    expect([answered.status, answered.headers.get('location')]).toEqual([400, null]);
    expect(answered.html).toContain('go back to the app and start again');
  });

  it('O01: without a redirect URI gets no code there that a reload of an answered page could bring', async () => {
    const app = await make({ redirect_uris: [REDIRECT, 'https://app.example/second'] });
    const { url } = startAuthorization(world, app);
    const [browser, page] = await openAndLogIn(world, url, 'maria.many', NAVIGATION);
    const answered = await browser.submit(page, 'agree');
    expect(answered.html).toContain(`${REDIRECT}?code=`);
    expect((await browser.open(page.url)).html).toContain(`${REDIRECT}?code=`);
    const fewer = { ...sent(app), redirect_uris: ['https://app.example/second'] };
    expect((await manage('PUT', app, fewer)).status).toBe(200);
    const again = await browser.open(page.url);
    expect(again.html).toContain('You have already answered');
    expect(again.html).not.toContain('code=');
  });
});
