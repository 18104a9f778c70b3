import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseMetadata } from '../../src/domain/clients/metadata.ts';
import { TenantSettings } from '../../src/domain/tenant/settings.ts';
import { post, REDIRECT, registerApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('dynamic registration', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const send = (metadata: Record<string, unknown>, tenant = 'northwind') =>
    post(`${tenantOf(world, tenant).issuer}/register`, { redirect_uris: [REDIRECT], ...metadata });

  it('SMART 27, 28: is open on a preview tenant, for public and confidential clients', async () => {
    const open = await send({ token_endpoint_auth_method: 'none', scope: 'patient/*.read launch/patient' });
    expect(open.status).toBe(201);
    expect(open.headers.get('cache-control')).toBe('no-store');
    expect(open.body).not.toHaveProperty('client_secret');
    const confidential = await send({});
    expect(confidential.body).toMatchObject({
      client_secret: expect.any(String),
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token'],
    });
  });

  it('O67: takes no name that passes for a plan of this installation, an official or an alarm, also later', async () => {
    const names = ['Lakeside Health Plan', 'LAKESIDE', 'MyCMS', 'Security alert: log in again', '✔ Trusted'];
    for (const field of ['client_name', 'publisher'])
      for (const name of names) {
        const refused = await send({ [field]: name });
        expect([name, refused.status, refused.body['error']]).toEqual([name, 400, 'invalid_client_metadata']);
        expect(refused.body['error_description']).toContain(field);
      }
    const { body } = await send({
      token_endpoint_auth_method: 'none',
      client_name: 'Lakeside Sailing Diary',
    });
    const own = await fetch(String(body['registration_client_uri']), {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${String(body['registration_access_token'])}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        client_id: body['client_id'],
        redirect_uris: [REDIRECT],
        token_endpoint_auth_method: 'none',
        client_name: 'Lakeside Health Plan',
      }),
    });
    expect(own.status).toBe(400);
  });

  it('needs an initial access token where the plan requires one', async () => {
    const refused = await send({}, 'strict');
    expect(refused.status).toBe(401);
    expect(refused.body['error']).toBe('invalid_token');
    const wrong = await post(
      `${tenantOf(world, 'strict').issuer}/register`,
      { redirect_uris: [REDIRECT] },
      { authorization: 'Bearer nonsense' },
    );
    expect(wrong.status).toBe(401);
  });

  it.each([
    [['http://app.example/callback']],
    [['https://user:secret@app.example/callback']],
    [['https://*.example/callback']],
    [['javascript:alert(1)']],
    [['data:text/html,x']],
    [['not a uri']],
    [[]],
    [Array.from({ length: 11 }, (_, index) => `https://app.example/${index}`)],
    ['https://app.example/callback'],
    [[null]],
  ])('refuses redirect_uris %j', async (redirect_uris) => {
    for (const application_type of ['web', 'native']) {
      const { status, body } = await send({ redirect_uris, application_type });
      expect(status).toBe(400);
      expect(body['error']).toMatch(/^invalid_(redirect_uri|client_metadata)$/);
    }
  });

  it.each([
    { jwks_uri: 'http://169.254.169.254/' },
    { sector_identifier_uri: 'https://127.0.0.1/x' },
    { policy_uri: 'javascript:alert(1)' },
    { logo_uri: 'javascript:alert(1)' },
    { grant_types: ['client_credentials'] },
    { response_types: ['token'] },
    { token_endpoint_auth_method: 'client_secret_jwt' },
    { client_name: 7 },
    { client_name: 'x'.repeat(300) },
    { publisher: 'Medicare' },
    { publisher: 'Northwind Health Plan' },
    { client_uri: 'http://app.example/' },
    { tos_uri: 'https://user:secret@app.example/' },
    { initiate_login_uri: 'http://app.example/launch' },
    { contacts: ['nobody'] },
    { contacts: Array.from({ length: 6 }, (_, index) => `a${index}@app.example`) },
    { application_type: 'desktop' },
    { subject_type: 'pairwise' },
    { id_token_signed_response_alg: 'none' },
    { grant_types: ['refresh_token', 'password'] },
    { token_endpoint_auth_method: 'private_key_jwt' },
  ])('refuses %j and fetches nothing', async (metadata) => {
    const { status, body } = await send(metadata);
    expect([status, body['error']]).toEqual([400, 'invalid_client_metadata']);
  });

  it('O17: refuses a software statement', async () => {
    const { status, body } = await send({ software_statement: 'eyJhbGciOiJub25lIn0.e30.' });
    expect([status, body['error']]).toEqual([400, 'unapproved_software_statement']);
  });

  it('SMART 26: stores redirect and launch URLs unchanged', async () => {
    const urls = [REDIRECT, 'https://app.example/other?tenant=1'];
    const launch = 'https://app.example/launch';
    const { body } = await send({ redirect_uris: urls, initiate_login_uri: launch });
    expect(body).toMatchObject({ redirect_uris: urls, initiate_login_uri: launch, application_type: 'web' });
  });

  it('accepts a launch URL on the developer’s own machine at preview plans only', async () => {
    const initiate_login_uri = 'http://localhost:3000/launch';
    expect((await send({ initiate_login_uri })).body).toMatchObject({ initiate_login_uri });
    const tenant = { name: 'Strict Plan', kind: 'production', settings: TenantSettings.parse({}) } as const;
    const registrant = { tenant, trusted: true };
    expect(() => parseMetadata({ redirect_uris: [REDIRECT], initiate_login_uri }, registrant)).toThrow(
      'only preview plans accept http on loopback',
    );
  });

  it('ignores unknown fields and scopes', async () => {
    const { status, body } = await send({
      colour: 'blue',
      system_scope: 'system/*.rs',
      scope: 'system/*.rs',
      tos_uri: null,
    });
    expect(status).toBe(201);
    for (const name of ['colour', 'system_scope', 'scope', 'tos_uri']) expect(body).not.toHaveProperty(name);
  });

  it.each([
    ['longer than the plan may give a backend service', 'patient/Observation.rs '.repeat(300)],
    ['in a list', ['patient/Observation.rs']],
  ])('ignores a scope that is %s', async (_what, scope) => {
    const { status, body } = await send({ scope });
    expect(status).toBe(201);
    expect(body).not.toHaveProperty('scope');
  });

  it.each([
    ['application/json', '{"redirect_uris": ['],
    ['application/json', 'null'],
    ['application/json', '[]'],
    ['application/x-www-form-urlencoded', 'redirect_uris=x'],
    ['application/json', `{"client_name": "${'x'.repeat(20_000)}"}`],
  ])('answers %s %.30s with an error of RFC 7591', async (type, text) => {
    const answer = await post(`${tenantOf(world).issuer}/register`, text, { 'content-type': type });
    expect([400, 413]).toContain(answer.status);
    expect(answer.body).toMatchObject({
      error: 'invalid_client_metadata',
      error_description: expect.any(String),
    });
  });

  it.each([
    ['', 'it ends too early, at line 1, column 1'],
    ['{"client_name": "x"', 'it ends too early, at line 1, column 20'],
    ["{'client_name': 'x'}", 'does not fit is at line 1, column 2'],
    ['{"client_name": undefined}', 'does not fit is at line 1, column 17'],
    ['{\n  "client_name": "x",\n}', 'does not fit is at line 3, column 1'],
    ['{"client_name": "x"}}', 'does not fit is at line 1, column 21'],
  ])('says where %j stops to be JSON', async (text, where) => {
    const answer = await post(`${tenantOf(world).issuer}/register`, text, {
      'content-type': 'application/json',
    });
    expect(answer.body).toMatchObject({
      error_description: expect.stringMatching(/^the body cannot be parsed as JSON: /i),
    });
    expect(String(answer.body['error_description'])).toContain(where);
  });

  it('registers nobody as verified or with a chosen id', async () => {
    const vouched = {
      verified_domain: 'app.example',
      previous_secret: { digest: 'x' },
    };
    const { body } = await send({
      ...vouched,
      verified: true,
      client_id: 'fhir-gateway',
      client_secret: 'mine',
    });
    expect(body['verified']).toBe(false);
    for (const name of Object.keys(vouched)) expect(body).not.toHaveProperty(name);
    expect(body['client_id']).not.toBe('fhir-gateway');
    expect(body['client_secret']).not.toBe('mine');
  });

  it('keeps the clients of different tenants apart', async () => {
    const app = await registerApp(world);
    const { issuer } = tenantOf(world, 'lakeside');
    const response = await fetch(`${issuer}/authorize?client_id=${app.client_id}&response_type=code`, {
      redirect: 'manual',
    });
    expect(response.status).toBe(400);
  });
});
