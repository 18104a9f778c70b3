import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { post, REDIRECT, register } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('dynamic registration', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  const send = (metadata: Record<string, unknown>, tenant = 'northwind') =>
    post(`${tenantOf(world, tenant).issuer}/register`, { redirect_uris: [REDIRECT], ...metadata });

  it('is open on a preview tenant, and makes public and confidential clients', async () => {
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

  it('needs an initial access token elsewhere', async () => {
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
  ])('refuses %j, and asks nobody about it', async (metadata) => {
    const { status, body } = await send(metadata);
    expect([status, body['error']]).toEqual([400, 'invalid_client_metadata']);
  });

  it('lets nobody register as verified, or with somebody’s id', async () => {
    const { body } = await send({ verified: true, client_id: 'fhir-gateway', client_secret: 'mine' });
    expect(body['verified']).toBe(false);
    expect(body['client_id']).not.toBe('fhir-gateway');
    expect(body['client_secret']).not.toBe('mine');
  });

  it('keeps the clients of one tenant from another', async () => {
    const app = await register(world);
    const { issuer } = tenantOf(world, 'lakeside');
    const response = await fetch(`${issuer}/authorize?client_id=${app.client_id}&response_type=code`, {
      redirect: 'manual',
    });
    expect(response.status).toBe(400);
  });
});
