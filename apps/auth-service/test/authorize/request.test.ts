import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exchange,
  getTokens,
  introspect,
  startAuthorization,
  post,
  redirected,
  registerVerifiedApp,
  type RegisteredApp,
} from '../app.ts';
import { Browser } from '../browser.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const LONG_BYTES = 8_192;

describe('an authorization request', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerVerifiedApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  /** The error that the app gets when the request is refused at once. Empty when a page is shown. */
  async function told(url: string): Promise<Record<string, string>> {
    const response = await fetch(url, { redirect: 'manual' });
    const location = new URL(response.headers.get('location') ?? '', world.url);
    return Object.fromEntries(new URLSearchParams(location.search || location.hash.slice(1)));
  }
  const errorOf = async (change: Record<string, string | undefined>) =>
    (await told(startAuthorization(world, app, change).url))['error'];

  /** Granular scopes that make the request 8 kB long. */
  function longScope(): string {
    const scopes = ['launch/patient', 'patient/Coverage.rs'];
    for (
      let one = 0;
      new URLSearchParams({ scope: scopes.join(' ') }).toString().length < LONG_BYTES;
      one += 1
    )
      scopes.push(`patient/Observation.rs?category=http://example.org/codes|${one}`);
    return scopes.join(' ');
  }

  it.each(['GET', 'POST'])(
    'SMART 30, 68: completes by %s with every parameter, whatever the length',
    async (method) => {
      const scope = longScope();
      const nonce = 'n-0S6_WzA2Mj';
      const given = { scope: `openid ${scope}`, nonce, login_hint: 'maria', ui_locales: 'en' };
      const { url, state, verifier } = startAuthorization(world, app, given);
      const [address = '', query = ''] = url.split('?');
      expect(query.length).toBeGreaterThan(LONG_BYTES);
      const browser = new Browser(world.url);
      const page = await (method === 'GET'
        ? browser.open(url)
        : browser.open(address, { method, body: query, headers: FORM }));
      const consent = await browser.logIn(page, 'maria.many', PASSWORD);
      const answer = redirected(await browser.submit(consent, 'agree'));
      expect([answer.get('state'), answer.get('iss')]).toEqual([state, tenantOf(world).issuer]);
      const { body } = await exchange(world, app, answer.get('code') as string, verifier);
      expect(body['scope']).toBe(`openid ${scope}`);
      const [, payload = ''] = String(body['id_token']).split('.');
      expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ nonce });
      expect((await introspect(world, body['access_token'] as string)).body['scope']).toBe(body['scope']);
    },
  );

  it('SMART 30: accepts no other content type by POST; authorize-post is advertised', async () => {
    const [address = '', query = ''] = startAuthorization(world, app).url.split('?');
    const json = await post(address, Object.fromEntries(new URLSearchParams(query)));
    expect([json.status, json.headers.get('location')]).toEqual([400, null]);
    const response = await fetch(`${world.url}/northwind/smart-configuration`);
    expect(((await response.json()) as { capabilities: string[] }).capabilities).toContain('authorize-post');
  });

  it.each([
    ['response_type', 'invalid_request'],
    ['scope', 'invalid_scope'],
    ['aud', 'invalid_request'],
    ['code_challenge', 'invalid_request'],
    ['code_challenge_method', 'invalid_request'],
  ])('SMART 31: is refused at the app without %s', async (name, error) => {
    expect(await errorOf({ [name]: undefined })).toBe(error);
  });

  it.each(['client_id', 'redirect_uri'])('SMART 31: is refused on an error page without %s', async (name) => {
    const response = await fetch(startAuthorization(world, app, { [name]: undefined }).url, {
      redirect: 'manual',
    });
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
  });

  it('SMART 31: is refused when it repeats a parameter, by GET and POST', async () => {
    const { url } = startAuthorization(world, app, { nonce: 'n', resource: tenantOf(world).fhirBase });
    const [address = '', query = ''] = url.split('?');
    for (const [name, value] of new URLSearchParams(query)) {
      for (const again of [value, `${value}x`]) {
        const twice = `${query}&${new URLSearchParams({ [name]: again })}`;
        const local = ['client_id', 'redirect_uri'].includes(name);
        const byPost = await post(address, twice);
        const answers = [await fetch(`${address}?${twice}`, { redirect: 'manual' }), byPost];
        for (const { status, headers } of answers) {
          const location = headers.get('location')?.replace('#', '?');
          const error = location && new URL(location, world.url).searchParams.get('error');
          const expected = local
            ? [400, undefined]
            : [303, expect.stringMatching(/^invalid_(request|target)$/)];
          expect([name, again === value, status, error]).toEqual([name, again === value, ...expected]);
        }
      }
    }
  });

  it('SMART 32: names the FHIR base as aud or resource, with a final slash or without', async () => {
    const { fhirBase } = tenantOf(world);
    for (const change of [
      { aud: fhirBase },
      { aud: `${fhirBase}/` },
      { aud: undefined, resource: fhirBase },
      { aud: fhirBase, resource: fhirBase },
      { aud: `${fhirBase}/`, resource: fhirBase },
    ]) {
      const { url, verifier } = startAuthorization(world, app, change);
      const browser = new Browser(world.url);
      const page = await browser.logIn(await browser.open(url), 'maria.many', PASSWORD);
      const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
      const { body } = await exchange(world, app, code, verifier);
      const claims = await introspect(world, body['access_token'] as string);
      expect(claims.body['aud']).toBe(fhirBase);
    }
  });

  it('O35: is refused when aud is missing or names another tenant, host or spelling', async () => {
    const { fhirBase, issuer } = tenantOf(world);
    const { fhirBase: lakeside } = tenantOf(world, 'lakeside');
    const spellings = [
      undefined,
      '',
      lakeside,
      'https://evil.example/payer/patient-access/v2/northwind',
      fhirBase.replace('127.0.0.1', 'localhost'),
      fhirBase.replace('http:', 'https:'),
      fhirBase.replace('http:', 'HTTP:'),
      `${fhirBase}//`,
      `${fhirBase}/metadata`,
      `${fhirBase}?`,
      `${fhirBase}#`,
      `${fhirBase}/../northwind`,
      fhirBase.replace('northwind', '%6Eorthwind'),
      fhirBase.replace('northwind', 'Northwind'),
      fhirBase.slice(0, -1),
      ` ${fhirBase}`,
      issuer,
      'northwind',
    ];
    for (const aud of spellings) expect([aud, await errorOf({ aud })]).toEqual([aud, 'invalid_request']);
    for (const aud of [fhirBase, `${fhirBase}/`, undefined])
      expect([aud, await errorOf({ aud, resource: lakeside })]).toEqual([
        aud,
        expect.stringMatching(/^invalid_/),
      ]);
    expect(await errorOf({ aud: lakeside, resource: fhirBase })).toBe('invalid_request');
    expect(await errorOf({ aud: undefined, resource: lakeside })).toBe('invalid_target');
  });

  it.each(['none', 'client_secret_post'])(
    'SMART 33: needs PKCE with S256, for auth method %s too',
    async (method) => {
      const client = await registerVerifiedApp(world, { token_endpoint_auth_method: method });
      for (const change of [
        { code_challenge: undefined, code_challenge_method: undefined },
        { code_challenge_method: 'plain' },
      ])
        expect((await told(startAuthorization(world, client, change).url))['error']).toBe('invalid_request');
      const { url, verifier } = startAuthorization(world, client);
      const browser = new Browser(world.url);
      const page = await browser.logIn(await browser.open(url), 'maria.many', PASSWORD);
      const code = redirected(await browser.submit(page, 'agree')).get('code') as string;
      for (const malformed of ['v', verifier.slice(0, -1), `${verifier} `])
        expect((await exchange(world, client, code, malformed)).body['error']).toBe('invalid_request');
      for (const wrong of ['', 'v'.repeat(43), `${verifier}v`])
        expect((await exchange(world, client, code, wrong)).body['error']).toBe('invalid_grant');
      expect((await exchange(world, client, code, verifier)).status).toBe(200);
    },
  );

  it('SMART 34: is answered with the same state and a code that works once, for a minute', async () => {
    const state = 'ä +&=%25#"\'<>/' + 'x'.repeat(500);
    const { url, verifier } = startAuthorization(world, app, { state });
    const browser = new Browser(world.url);
    const page = await browser.logIn(await browser.open(url), 'maria.many', PASSWORD);
    const answer = redirected(await browser.submit(page, 'agree'));
    expect(answer.get('state')).toBe(state);
    expect((await told(startAuthorization(world, app, { state, aud: 'x' }).url))['state']).toBe(state);
    const { rows } = await world.db.query<{ seconds: number }>(
      `SELECT extract(epoch FROM expires_at - now())::int AS seconds FROM oidc_record WHERE model = 'AuthorizationCode'
        ORDER BY expires_at DESC LIMIT 1`,
    );
    expect(rows[0]?.seconds).toBeLessThanOrEqual(60);
    const code = answer.get('code') as string;
    expect((await exchange(world, app, code, verifier)).status).toBe(200);
    expect((await exchange(world, app, code, verifier)).body['error']).toBe('invalid_grant');
  });

  it('may have a nonce without the scope openid, as libraries send one with every request', async () => {
    const scope = 'launch/patient patient/Coverage.rs';
    const tokens = await getTokens(world, app, { scope, nonce: 'n-0S6_WzA2Mj' });
    expect(tokens).toMatchObject({ scope, patient: 'maria' });
    expect(tokens).not.toHaveProperty('id_token');
    // What would change the login cannot be left out.
    expect(await errorOf({ scope, max_age: '60' })).toBe('invalid_request');
    const told = startAuthorization(world, app, { scope: 'patient/Observation.sr', nonce: 'n' });
    const { error_description } = Object.fromEntries(redirected(await new Browser(world.url).open(told.url)));
    expect(error_description).not.toContain('nonce');
  });

  it('SMART 35: results in the scopes to which the member agrees', async () => {
    const { url, verifier } = startAuthorization(world, app, {
      scope: 'launch/patient patient/Coverage.rs patient/Claim.rs',
    });
    const browser = new Browser(world.url);
    const page = await browser.logIn(await browser.open(url), 'maria.many', PASSWORD);
    const narrowed = await browser.submit(page, 'agree', (fields) => fields.delete('kind', 'claims'));
    const { body } = await exchange(world, app, redirected(narrowed).get('code') as string, verifier);
    expect(body['scope']).toBe('launch/patient patient/Coverage.rs');
  });
});
