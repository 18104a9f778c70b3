/** Backend services: tokens of a client in its own name (SMART App Launch, "Backend Services"). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@patient-access/events';
import { INTROSPECTION_JWT_TYPE, TokenClaims } from '@patient-access/smart';
import * as jose from 'jose';
import * as client from 'openid-client';
import { introspect, post, REDIRECT, registerApp } from '../app.ts';
import { endGrantsOf } from '../../src/domain/consent/end-grants.ts';
import { assertion, type Key, newKey, plantBackend, postAsserted, TOKEN } from '../keys.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('a backend service', () => {
  let world: World;
  let key: Key;
  let id: string;
  beforeAll(async () => {
    world = await startWorld();
    key = await newKey('RS384');
    id = await plantBackend(world, { jwks: { keys: [key.jwk] } });
  }, 60_000);
  afterAll(() => world?.stop());

  const ask = async (form: Record<string, string | undefined> = {}, clientId = id) => {
    const given = Object.entries({ ...TOKEN, ...form }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    );
    return postAsserted(world, await assertion(world, clientId, key), Object.fromEntries(given));
  };
  const claimsOf = async (token: string) => {
    const { text } = await introspect(world, token, 'northwind', `application/${INTROSPECTION_JWT_TYPE}`);
    return jose.decodeJwt(text)['token_introspection'];
  };
  const eventsOf = async (clientId: string) => {
    const { rows } = await world.db.query<{ body: string }>(
      `SELECT body FROM outbox WHERE body LIKE '%' || $1 || '%' ORDER BY created_at`,
      [clientId],
    );
    return rows.map(({ body }) => JSON.parse(body) as AccessEvent);
  };

  it('SMART 113, 115, 116: gets a token for five minutes with the requested scope, and no refresh token', async () => {
    const { status, body, headers } = await ask();
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]{20,}$/),
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'system/Location.rs',
    });
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  });

  it('SMART 113: gets a token with openid-client without further settings', async () => {
    const method = client.PrivateKeyJwt({ key: key.privateKey, kid: key.kid });
    const execute = [client.allowInsecureRequests];
    const issuer = new URL(tenantOf(world).issuer);
    const server = await client.discovery(issuer, id, undefined, method, { execute });
    const tokens = await client.clientCredentialsGrant(server, { scope: 'system/Practitioner.read' });
    expect([tokens.expires_in, tokens.scope]).toEqual([300, 'system/Practitioner.read']);
    expect((await client.tokenIntrospection(server, tokens.access_token))['active']).toBe(true);
    await client.tokenRevocation(server, tokens.access_token);
    expect((await client.tokenIntrospection(server, tokens.access_token))['active']).toBe(false);
  });

  it('is its own subject in introspection, without a member or a person', async () => {
    const token = (await ask()).body['access_token'] as string;
    const claims = TokenClaims.parse(await claimsOf(token));
    expect(claims).toMatchObject({
      tenant: 'northwind',
      aud: tenantOf(world).fhirBase,
      client_id: id,
      sub: id,
      grant_id: id,
      scope: 'system/Location.rs',
      client_name: 'Auditor',
    });
    expect(claims.exp - claims.iat).toBe(300);
    for (const name of ['patient', 'fhirUser']) expect(claims).not.toHaveProperty(name);
    expect((await introspect(world, token, 'lakeside')).body).toEqual({ active: false });
  });

  it.each([
    ['system/Location.rs', 'system/Location.rs'],
    ['system/Location.r', 'system/Location.r'],
    ['system/Location.r?name=x', 'system/Location.r?name=x'],
    ['system/Practitioner.rs system/Location.s', 'system/Practitioner.rs system/Location.s'],
    ['system/Practitioner.read', 'system/Practitioner.read'],
    ['http://smarthealthit.org/fhir/scopes/system/Location.r', 'system/Location.r'],
  ])(
    'SMART 114, 115: may request %s, which lies within its pre-authorized scopes',
    async (scope, granted) => {
      const { status, body } = await ask({ scope });
      expect([status, body['scope']]).toEqual([200, granted]);
    },
  );

  it.each([
    'system/*.rs',
    'system/Location.cruds',
    'system/Location.c',
    'system/Organization.r',
    'system/Location.rs system/Coverage.r',
    'patient/Location.rs',
    'user/Location.rs',
    'patient/*.rs',
    'openid',
    'offline_access system/Location.rs',
    'launch/patient',
    'system/Location.sr',
    'system/location.rs',
    'system/Location',
    undefined,
    ' ',
  ])('SMART 114, 117: is refused %j with invalid_scope and a reason', async (scope) => {
    const { status, body } = await ask({ scope });
    expect([status, body['error']]).toEqual([400, 'invalid_scope']);
    expect(body['error_description']).toMatch(/scope/);
  });

  it('SMART 114: is refused when it requests more scopes than an event can hold', async () => {
    const scope = Array.from(
      { length: 300 },
      (_, at) => `system/Location.r?name=${String(at).padStart(32, 'x')}`,
    );
    const { status, body } = await ask({ scope: scope.join(' ') });
    expect([status, body['error']]).toEqual([400, 'invalid_scope']);
  });

  it('SMART 114: gets no scope wider than the granular scope that it is pre-authorized for', async () => {
    const system_scope = 'system/Location.rs?name=x system/Practitioner.r';
    const narrow = await plantBackend(world, { jwks: { keys: [key.jwk] } }, { system_scope });
    for (const [scope, status] of [
      ['system/Location.rs?name=x', 200],
      ['system/Location.r?address-city=y&name=x', 200],
      ['system/Location.r', 400],
      ['system/Location.r?name=y', 400],
      ['system/Practitioner.rs', 400],
    ] as const)
      expect([scope, (await ask({ scope }, narrow)).status]).toEqual([scope, status]);
    const nothing = await plantBackend(world, { jwks: { keys: [key.jwk] } }, { system_scope: undefined });
    expect((await ask({}, nothing)).body['error']).toBe('invalid_scope');
  });

  it('SMART 117: gets errors in the form of RFC 6749 section 5.2', async () => {
    const app = await registerApp(world, {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [key.jwk] },
    });
    for (const [form, clientId, error] of [
      [{}, app.client_id, 'unauthorized_client'],
      [{ grant_type: 'password' }, id, 'unsupported_grant_type'],
      [{ grant_type: undefined }, id, 'invalid_request'],
      [{ resource: 'https://elsewhere.example/fhir' }, id, 'invalid_target'],
      [{ scope: 'system/Location.rs"' }, id, 'invalid_scope'],
    ] as const) {
      const { status, body, headers } = await ask(form, clientId);
      expect([form, status, body['error']]).toEqual([form, 400, error]);
      expect(body['error_description']).toEqual(expect.any(String));
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    }
  });

  it('names the FHIR base to whom another resource is asked for', async () => {
    const { body } = await ask({ resource: 'https://elsewhere.example/fhir' });
    expect(body['error_description']).toContain(`Expected: ${tenantOf(world).fhirBase}.`);
  });

  it('SMART 80, 113: cannot register itself, with a key or without', async () => {
    const { issuer } = tenantOf(world);
    const backend = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
    for (const metadata of [
      { ...backend, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [key.jwk] } },
      { ...backend, token_endpoint_auth_method: 'client_secret_basic' },
      { redirect_uris: [REDIRECT], grant_types: ['authorization_code', 'client_credentials'] },
    ]) {
      const { status, body } = await post(`${issuer}/register`, { ...metadata, system_scope: 'system/*.rs' });
      expect([status, body['error']]).toEqual([400, 'invalid_client_metadata']);
    }
    const app = await registerApp(world, { system_scope: 'system/*.rs' });
    expect(app).not.toHaveProperty('system_scope');
  });

  it('SMART 80: cannot authenticate with a secret, even if somebody stored one', async () => {
    const metadata = {
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: 'stored-by-mistake',
    };
    const weak = await plantBackend(world, {}, metadata);
    const basic = `Basic ${Buffer.from(`${weak}:stored-by-mistake`).toString('base64')}`;
    const answer = await post(`${tenantOf(world).issuer}/token`, new URLSearchParams(TOKEN), {
      authorization: basic,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).not.toHaveProperty('access_token');
  });

  it('has a token for the FHIR API only, not for userinfo or an exchange', async () => {
    const token = (await ask()).body['access_token'] as string;
    const { issuer } = tenantOf(world);
    const userinfo = await fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    expect(userinfo.status).toBe(401);
    const { body } = await ask({ grant_type: 'refresh_token', refresh_token: token });
    expect(body['error']).toMatch(/^(invalid_grant|unauthorized_client|invalid_request)$/);
  });

  it('loses its tokens when the plan ends it, and the gateways get a notice', async () => {
    const token = (await ask()).body['access_token'] as string;
    const { rows } = await world.db.query(
      `SELECT 1 FROM oidc_record WHERE tenant = 'northwind' AND model = 'ClientCredentials' AND grant_id = $1`,
      [id],
    );
    expect(rows.length).toBeGreaterThan(0);
    const { endGrant } = await import('../../src/domain/grants/records.ts');
    await endGrant(world.db, 'northwind', id, 'plan');
    expect((await introspect(world, token)).body).toEqual({ active: false });
  });

  it('O38: loses its tokens with a ban too', async () => {
    const token = (await ask()).body['access_token'] as string;
    const context = { requestId: crypto.randomUUID(), tenant: { id: 'northwind', issuer: '' } };
    await endGrantsOf(
      async (text, values) => (await world.db.query(text, values)).rows,
      { client: id },
      'plan',
      context,
    );
    expect((await introspect(world, token)).body).toEqual({ active: false });
  });

  it('causes an event for each token that it gets or revokes, without a member', async () => {
    const quiet = await plantBackend(world, { jwks: { keys: [key.jwk] } });
    const token = (await ask({}, quiet)).body['access_token'] as string;
    const revoked = await postAsserted(world, await assertion(world, quiet, key), { token }, 'revoke');
    expect(revoked.status).toBe(200);
    const events = await eventsOf(quiet);
    expect(events.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['issue', '0'],
      ['revoke', '0'],
    ]);
    for (const event of events) {
      expect(event).toMatchObject({
        kind: 'token',
        client: { id: quiet },
        scope: 'system/Location.rs',
      });
      expect(event.token).toMatch(/^sha256\./);
      for (const name of ['member', 'user', 'grantId']) expect(event).not.toHaveProperty(name);
    }
    expect(JSON.stringify(events)).not.toContain(token);
  });
});
