import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exchange, getCode, post, registerApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

describe('discovery', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      publicUrl: 'https://plan.example',
      developersUrl: 'https://developers.plan.example/',
    });
  }, 60_000);
  afterAll(() => world?.stop());

  const read = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${world.address}${path}`, { headers });
    return { response, body: (await response.json()) as Record<string, unknown> };
  };

  it('lists what is supported for SMART apps, with public URLs', async () => {
    const { response, body } = await read('/northwind/smart-configuration', { accept: 'text/html' });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const issuer = 'https://plan.example/auth/northwind/oauth2/v1';
    expect(body).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/keys`,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      introspection_endpoint: `${issuer}/introspect`,
      revocation_endpoint: `${issuer}/revoke`,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
    });
    expect(body['capabilities']).toEqual(
      expect.arrayContaining([
        'launch-standalone',
        'client-public',
        'context-standalone-patient',
        'permission-patient',
        'permission-offline',
        'permission-online',
      ]),
    );
    for (const type of ['ExplanationOfBenefit', 'Coverage', 'Patient', 'Organization', 'Practitioner']) {
      expect(body['scopes_supported']).toEqual(
        expect.arrayContaining([`patient/${type}.read`, `user/${type}.read`, `patient/${type}.rs`]),
      );
    }
  });

  it('leads to the pages for app developers, and to their terms', async () => {
    for (const path of ['openid-configuration', 'oauth-authorization-server']) {
      const { body, response } = await read(`/auth/northwind/oauth2/v1/.well-known/${path}`);
      if (response.status === 404) continue;
      expect(body).toMatchObject({
        service_documentation: 'https://developers.plan.example/',
        op_policy_uri: 'https://developers.plan.example/terms#what-we-ask-of-you',
        op_tos_uri: 'https://developers.plan.example/terms',
      });
    }
  });

  it('SMART 10, 82, 84, 118: lists how clients and backend services authenticate', async () => {
    const { body: smart } = await read('/northwind/smart-configuration');
    const { body: openid } = await read('/auth/northwind/oauth2/v1/.well-known/openid-configuration');
    for (const body of [smart, openid]) {
      expect(body['token_endpoint_auth_methods_supported']).toEqual(
        expect.arrayContaining(['private_key_jwt', 'client_secret_basic', 'client_secret_post']),
      );
      const algorithms = body['token_endpoint_auth_signing_alg_values_supported'] as string[];
      expect(algorithms).toEqual(expect.arrayContaining(['RS384', 'ES384']));
      expect(algorithms.filter((alg) => /^(none|HS|RS256|RS1)/.test(alg))).toEqual([]);
      expect(body['grant_types_supported']).toEqual(
        expect.arrayContaining(['authorization_code', 'refresh_token', 'client_credentials']),
      );
      expect(body['scopes_supported']).toEqual(expect.arrayContaining(['system/Practitioner.rs']));
      expect(JSON.stringify(body['scopes_supported'])).not.toMatch(
        /system\/(\*|Patient|Coverage|AuditEvent)/,
      );
    }
    expect(smart['capabilities']).toEqual(expect.arrayContaining(['client-confidential-asymmetric']));
    expect(smart['token_endpoint']).toBe(openid['token_endpoint']);
  });

  it('says how clients authenticate at revocation and introspection, too (RFC 8414 section 2)', async () => {
    const { body } = await read('/auth/northwind/oauth2/v1/.well-known/openid-configuration');
    const secrets = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
    expect(body).toMatchObject({
      revocation_endpoint_auth_methods_supported: ['none', ...secrets],
      introspection_endpoint_auth_methods_supported: [...secrets, 'Bearer'],
    });
    for (const endpoint of ['revocation', 'introspection'])
      expect(body[`${endpoint}_endpoint_auth_signing_alg_values_supported`]).toEqual(
        body['token_endpoint_auth_signing_alg_values_supported'],
      );
  });

  it('SMART 90: has only https URLs when the issuer has https', async () => {
    const { body } = await read('/northwind/smart-configuration');
    const urls = Object.entries(body).filter(([name]) => /^issuer$|_(endpoint|uri)$/.test(name));
    expect(urls.length).toBeGreaterThan(5);
    for (const [name, url] of urls) expect([name, url]).toEqual([name, expect.stringMatching(/^https:/)]);
  });

  it('says the same in the OpenID Connect document, whatever the Host header', async () => {
    const { body: smart } = await read('/northwind/smart-configuration');
    const { response, body } = await read('/auth/northwind/oauth2/v1/.well-known/openid-configuration', {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      origin: 'https://anyone.example',
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://anyone.example');
    for (const name of ['issuer', 'jwks_uri', 'token_endpoint', 'scopes_supported', 'userinfo_endpoint']) {
      expect(body[name]).toEqual(smart[name]);
    }
    expect(JSON.stringify(body)).not.toContain('evil');
    expect(body['response_modes_supported']).toEqual(['query']);
    expect(body).not.toHaveProperty('end_session_endpoint');
  });

  it('goes on at a suspended plan, at each address of the metadata', async () => {
    await world.db.query("UPDATE tenant SET suspended_at = now(), changed_at = now() WHERE id = 'lakeside'");
    for (const path of ['openid-configuration', 'oauth-authorization-server']) {
      const { response, body } = await read(`/auth/lakeside/oauth2/v1/.well-known/${path}`);
      expect([path, response.status, body['issuer']]).toEqual([
        path,
        200,
        'https://plan.example/auth/lakeside/oauth2/v1',
      ]);
    }
    expect((await read('/auth/lakeside/oauth2/v1/userinfo')).response.status).toBe(503);
  });

  it('answers 404 for a tenant that does not exist', async () => {
    const bodies = new Set<string>();
    for (const path of [
      '/nowhere/smart-configuration',
      '/auth/nowhere/oauth2/v1/.well-known/openid-configuration',
      '/auth/nowhere/oauth2/v1/authorize',
      '/auth/nowhere/interaction/x',
      '/auth/northwind/oauth2/v1/nothing',
      '/auth/northwind/nothing',
      '/auth/%00/oauth2/v1/keys',
    ]) {
      const { response, body } = await read(path);
      expect([path, response.status, body]).toEqual([
        path,
        404,
        expect.objectContaining({ error: 'not_found' }),
      ]);
      bodies.add(JSON.stringify({ ...(body as object), request_id: '' }));
    }
    expect(bodies.size).toBe(1);
  });

  it('answers a person with the same page wherever nothing is', async () => {
    const pages = new Set<string>();
    for (const path of [
      '/auth/nowhere/oauth2/v1/authorize',
      '/auth/northwind/oauth2/v1/nothing',
      '/auth/northwind/nothing',
    ]) {
      const response = await fetch(`${world.address}${path}`, { headers: { accept: 'text/html,*/*;q=0.8' } });
      const text = await response.text();
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        path,
        404,
        'text/html; charset=utf-8',
      ]);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      pages.add(text.replaceAll(/<code>[^<]*<\/code>/g, ''));
    }
    expect(pages.size).toBe(1);
    expect([...pages][0]).toContain('There is no page at this address');
  });

  it('T11: sets cookies for the public host only, over TLS only', async () => {
    const { issuer, fhirBase } = tenantOf({ url: 'https://plan.example' } as World);
    expect(issuer).toMatch(/^https/);
    const metadata = { redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'none' };
    const { body } = await post(`${world.address}/auth/northwind/oauth2/v1/register`, metadata);
    const query = new URLSearchParams({
      client_id: body['client_id'] as string,
      redirect_uri: 'https://app.example/cb',
      response_type: 'code',
      scope: 'openid',
      aud: fhirBase,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const response = await fetch(`${world.address}/auth/northwind/oauth2/v1/authorize?${query}`, {
      redirect: 'manual',
    });
    expect(response.headers.get('location')).toMatch(
      /^(https:\/\/plan\.example)?\/auth\/northwind\/interaction\//,
    );
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__(Secure|Host)-northwind-.*; secure/i);
      expect(cookie).not.toMatch(/; domain=/i);
      if (cookie.startsWith('__Host-')) expect(cookie).toMatch(/; path=\/;/i);
    }
  });
});

describe('browser apps', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it('reach the token endpoint from a registered origin, and from no other', async () => {
    const app = await registerApp(world);
    const first = await getCode(world, app);
    const allowed = await exchange(world, app, first.code, first.verifier, { origin: 'https://app.example' });
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'https://app.example',
    ]);
    const again = await exchange(world, app, first.code, first.verifier, { origin: 'https://app.example' });
    for (const { headers } of [allowed, again])
      expect(headers.get('access-control-expose-headers')).toMatch(/Retry-After.*X-Request-ID/);
    for (const origin of ['https://evil.example', 'null', 'https://sub.app.example']) {
      const { code, verifier } = await getCode(world, app);
      const refused = await exchange(world, app, code, verifier, { origin });
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([400, null]);
    }
  });
});
