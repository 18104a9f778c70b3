import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  type AuthorizationStart,
  startAuthorization,
  openAndLogIn,
  post,
  redirected,
  registerApp,
  registerVerifiedApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser, type BrowserPage } from '../browser.ts';
import { openLaunch, type Portal, registerPortal } from '../launch/portal.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const URN = 'urn:ietf:params:oauth:request_uri:';
const AT_ONCE = 10;

/** Pushed authorization requests (RFC 9126). No other requests by reference are accepted. */
describe('a pushed request', () => {
  let world: World;
  let portal: Portal;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    portal = await registerPortal(world);
    app = await registerVerifiedApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  const push = (
    client: RegisteredApp,
    change: Record<string, string | undefined> = {},
    made?: AuthorizationStart,
  ) => {
    const form = new URL((made ?? startAuthorization(world, client, change)).url).searchParams;
    if (client.client_secret) form.set('client_secret', client.client_secret);
    return post(`${tenantOf(world, client.tenant).issuer}/par`, form);
  };

  /** The address that the app opens instead of the whole request. */
  const addressOf = (client: RegisteredApp, request_uri: string) =>
    `${tenantOf(world, client.tenant).issuer}/authorize?${new URLSearchParams({ client_id: client.client_id, request_uri })}`;

  async function pushed(client = app, change: Record<string, string | undefined> = {}) {
    const made = startAuthorization(world, client, change);
    const { status, body, text } = await push(client, {}, made);
    if (status !== 201) throw new Error(text);
    return { ...made, url: addressOf(client, body['request_uri'] as string) };
  }

  /** The error of a refused authorization request, at the app or on our own page. */
  async function refusal(url: string): Promise<string> {
    const page = await new Browser(world.url).request(url);
    const location = page.headers.get('location');
    if (location?.startsWith('/auth/')) return 'none';
    return location ? (redirected(page).get('error') ?? 'none') : `page ${page.status}`;
  }

  it('that is larger than the endpoint reads is refused with its limit', async () => {
    const { status, body } = await push(app, { state: 'x'.repeat(57 * 1024) });
    expect([status, body['error'], body['error_description']]).toEqual([
      400,
      'invalid_request',
      expect.stringContaining('larger than 56 KiB'),
    ]);
  });

  it('is in discovery, and is answered with a reference for one minute', async () => {
    const { issuer } = tenantOf(world);
    for (const path of ['openid-configuration']) {
      const found = (await (await fetch(`${issuer}/.well-known/${path}`)).json()) as Record<string, unknown>;
      expect(found['pushed_authorization_request_endpoint']).toBe(`${issuer}/par`);
      expect(found['request_uri_parameter_supported']).toBe(false);
    }
    const smart = await (await fetch(`${world.address}/northwind/smart-configuration`)).json();
    expect(smart).toMatchObject({ pushed_authorization_request_endpoint: `${issuer}/par` });
    const { status, headers, body } = await push(app);
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store']);
    expect(headers.get('ratelimit-policy')).toBe('"stored";q=4194304;qu="content-bytes";w=900');
    expect(headers.get('ratelimit')).toMatch(/^"stored";r=4\d{6};t=\d+$/);
    expect(body).toMatchObject({ expires_in: 60, request_uri: expect.stringMatching(`^${URN}[\\w-]{43,}$`) });
  });

  it('is taken from the pages of the app, which read the answer, and from no others', async () => {
    const url = `${tenantOf(world).issuer}/par`;
    const form = new URL(startAuthorization(world, app).url).searchParams;
    for (const [origin, allowed] of [
      ['https://app.example', 'https://app.example'],
      ['https://evil.example', null],
    ] as const) {
      const { headers } = await post(url, form, { origin });
      expect([origin, headers.get('access-control-allow-origin')]).toEqual([origin, allowed]);
    }
  });

  it.each(['none', 'client_secret_post'])('leads to tokens like any other request (%s)', async (method) => {
    const client = await registerVerifiedApp(world, { token_endpoint_auth_method: method });
    const { url, verifier, state } = await pushed(client);
    const [browser, page] = await openAndLogIn(world, url);
    const answer = redirected(await browser.submit(page, 'agree'));
    expect(answer.get('state')).toBe(state);
    const { body } = await exchange(world, client, answer.get('code') as string, verifier);
    expect(body).toMatchObject({
      patient: 'maria',
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
    });
  });

  it('may have a nonce without the scope openid', async () => {
    const scope = 'launch/patient patient/Coverage.rs';
    const { url, verifier } = await pushed(app, { scope, nonce: 'n-0S6_WzA2Mj' });
    const [browser, page] = await openAndLogIn(world, url);
    const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
    expect((await exchange(world, app, code, verifier)).body['scope']).toBe(scope);
  });

  it('SMART 69: may have scopes written as URIs', async () => {
    const scope =
      'http://openid.net/specs/openid-connect-core-1_0#openid http://smarthealthit.org/fhir/scopes/launch/patient http://smarthealthit.org/fhir/scopes/patient/Coverage.rs';
    const { url, verifier } = await pushed(app, { scope });
    const [browser, page] = await openAndLogIn(world, url);
    const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
    const { body } = await exchange(world, app, code, verifier);
    expect(body['scope']).toBe('openid launch/patient patient/Coverage.rs');
    expect(body['id_token']).toBeTruthy();
  });

  it('SMART 36: may contain a launch, whose value is stored nowhere in clear text', async () => {
    const value = await openLaunch(world, portal, { patient: 'maria' });
    const { url, verifier } = await pushed(app, { scope: 'launch patient/Coverage.rs', launch: value });
    const { rows } = await world.db.query<{ row: string }>(
      'SELECT oidc_record::text AS row FROM oidc_record',
    );
    expect(rows.map(({ row }) => row).join('\n')).not.toContain(value);
    const [browser, page] = await openAndLogIn(world, url);
    const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
    expect((await exchange(world, app, code, verifier)).body).toMatchObject({ patient: 'maria' });
    expect((await push(app, { scope: 'launch patient/Coverage.rs', launch: value })).body['error']).toBe(
      'invalid_request',
    );
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['another redirect URI', { redirect_uri: 'https://evil.example/' }, 'invalid_request'],
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['another FHIR base', { aud: 'https://evil.example/fhir' }, 'invalid_request'],
    ['no FHIR base', { aud: undefined }, 'invalid_request'],
    ['a malformed scope', { scope: 'patient/Observation.sr' }, 'invalid_scope'],
    ['a forged launch', { scope: 'launch patient/*.rs', launch: 'forged' }, 'invalid_request'],
    ['a reference to another request', { request_uri: `${URN}x` }, 'request_uri_not_supported'],
    ['a request object', { request: 'a.b.c' }, 'request_not_supported'],
    ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
  ])('O18, O35: with %s is refused at once', async (_what, change, error) => {
    const { status, body } = await push(app, change);
    expect([status, body['error']]).toEqual([400, error]);
  });

  it('O20: needs the authentication of a confidential client', async () => {
    const client = await registerVerifiedApp(world, { token_endpoint_auth_method: 'client_secret_post' });
    for (const client_secret of [undefined, 'wrong'])
      expect((await push({ ...client, client_secret })).body['error']).toBe('invalid_client');
  });

  it('O18: is the only target of a request_uri, and only for the client that pushed it', async () => {
    const { url } = await pushed();
    const reference = new URL(url).searchParams.get('request_uri') as string;
    const other = await registerVerifiedApp(world);
    const abroad = await registerApp(world, {}, 'lakeside');
    const answers = await Promise.all(
      [
        addressOf(other, reference),
        addressOf(abroad, reference),
        addressOf(app, `${reference}x`),
        addressOf(app, URN),
        addressOf(app, `${URN}${'\0'}`),
        addressOf(app, 'http://169.254.169.254/latest'),
        addressOf(app, `${world.url}/auth/northwind/oauth2/v1/keys`),
      ].map(refusal),
    );
    // Without a request there is no redirect URI that could be trusted.
    expect(new Set(answers)).toEqual(new Set(['page 400']));
    expect(await refusal(url)).toBe('none');
  });

  it('is used alone, and parameters beside the reference are ignored', async () => {
    const { url, verifier } = await pushed(app, { scope: 'launch/patient patient/Coverage.rs' });
    const [browser, page] = await openAndLogIn(
      world,
      `${url}&scope=launch%2Fpatient+patient%2F*.rs&redirect_uri=https%3A%2F%2Fevil.example%2F`,
    );
    const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
    const { body } = await exchange(world, app, code, verifier);
    expect(body['scope']).toBe('launch/patient patient/Coverage.rs');
  });

  it('is refused when the browser comes with it after more than a minute', async () => {
    const { url } = await pushed();
    await world.db.query(
      `UPDATE oidc_record SET payload = jsonb_set(payload::jsonb, '{exp}', to_jsonb(1))::text
        WHERE model = 'PushedAuthorizationRequest'`,
    );
    expect(await refusal(url)).toBe('page 400');
  });

  it('leads to one code of ten concurrent requests, though its page may be loaded again', async () => {
    const { url } = await pushed();
    const opened = await Promise.all(
      Array.from({ length: AT_ONCE }, () => openAndLogIn(world, url) as Promise<[Browser, BrowserPage]>),
    );
    // The minute ends while the member reads. A member who came in time may still agree, once.
    await world.db.query(
      `UPDATE oidc_record SET payload = jsonb_set(payload::jsonb, '{exp}', to_jsonb(1))::text
        WHERE model = 'PushedAuthorizationRequest'`,
    );
    const answers = await Promise.all(opened.map(([browser, page]) => browser.submit(page, 'agree')));
    const codes = answers.filter(({ headers }) => headers.get('location')?.includes('code='));
    expect(codes).toHaveLength(1);
    for (const answer of answers)
      if (answer !== codes[0]) expect(answer.headers.get('location')).toContain('error=invalid_request_uri');
  });

  it('can be required for a client by its registration', async () => {
    const client = await registerVerifiedApp(world, { require_pushed_authorization_requests: true });
    expect(await refusal(startAuthorization(world, client).url)).toBe('invalid_request');
    expect(await refusal((await pushed(client)).url)).toBe('none');
  });
});
