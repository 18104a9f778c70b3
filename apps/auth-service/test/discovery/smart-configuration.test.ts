import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../world.ts';

/** Simple names belong to HL7. Capabilities of others are URIs. */
const OF_SMART = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'sso-openid-connect',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'context-banner',
  'context-style',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
  'smart-app-state',
];
const STANDALONE = ['launch-standalone', 'context-standalone-patient', 'permission-patient'];
const FROM_PORTAL = ['launch-ehr', 'context-ehr-patient', 'permission-patient'];
const CLIENTS = ['client-public', 'client-confidential-symmetric', 'client-confidential-asymmetric'];
const OF_CARIN = [
  'launch-standalone',
  'client-public',
  'client-confidential-symmetric',
  'sso-openid-connect',
  'context-standalone-patient',
  'permission-offline',
  'permission-patient',
  'permission-user',
];

describe('smart-configuration', () => {
  let world: World;
  let document: Record<string, unknown>;
  let issuer: string;
  beforeAll(async () => {
    world = await startWorld({ publicUrl: 'https://plan.example' });
    issuer = 'https://plan.example/auth/northwind/oauth2/v1';
    document = (await (
      await fetch(`${world.address}/northwind/smart-configuration`)
    ).json()) as typeof document;
  }, 60_000);
  afterAll(() => world?.stop());

  const capabilities = () => document['capabilities'] as string[];
  /** The answer of the service at one of its public addresses. */
  const at = (url: unknown, init?: RequestInit) =>
    fetch(String(url).replace('https://plan.example', world.address), { redirect: 'manual', ...init });

  it('SMART 2: is JSON, whatever the Accept header', async () => {
    for (const accept of ['text/html', 'application/xml', 'application/fhir+json', '']) {
      const response = await fetch(`${world.address}/northwind/smart-configuration`, { headers: { accept } });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        expect.stringMatching(/^application\/json/),
      ]);
    }
  });

  it('SMART 3: has absolute URLs at the public host only', () => {
    const urls = Object.entries(document).filter(([name]) => /(_endpoint|_uri|^issuer)$/.test(name));
    expect(urls.length).toBeGreaterThan(7);
    for (const [name, url] of urls)
      expect([name, url]).toEqual([name, expect.stringMatching(/^https:\/\/plan\.example\//)]);
  });

  it('SMART 4, 7, 9, 11, 15, 16: names endpoints that exist', async () => {
    const routes = {
      authorization_endpoint: 'authorize',
      token_endpoint: 'token',
      registration_endpoint: 'register',
      introspection_endpoint: 'introspect',
      revocation_endpoint: 'revoke',
    };
    for (const [name, route] of Object.entries(routes)) {
      expect([name, document[name]]).toEqual([name, `${issuer}/${route}`]);
      const { status } = await at(document[name], { method: route === 'authorize' ? 'GET' : 'POST' });
      expect([name, [400, 401].includes(status)]).toEqual([name, true]);
    }
  });

  it('SMART 5, 6: has issuer and jwks_uri, because it offers sign-on', async () => {
    expect(capabilities()).toContain('sso-openid-connect');
    expect(document).toMatchObject({ issuer, jwks_uri: `${issuer}/keys` });
    const { keys } = (await (await at(document['jwks_uri'])).json()) as { keys: object[] };
    expect(keys.length).toBeGreaterThan(0);
  });

  it('SMART 8: lists the grant types of the token endpoint', async () => {
    const grants = document['grant_types_supported'] as string[];
    expect(grants).toEqual(['authorization_code', 'refresh_token', 'client_credentials']);
    const openid = (await (await at(`${issuer}/.well-known/openid-configuration`)).json()) as typeof document;
    expect([...(openid['grant_types_supported'] as string[])].sort()).toEqual([...grants].sort());
  });

  it('SMART 13: lists the response type code only', () => {
    expect(document['response_types_supported']).toEqual(['code']);
  });

  it('SMART 17, 21: lists capabilities by their names in SMART', () => {
    expect(new Set(capabilities()).size).toBe(capabilities().length);
    for (const capability of capabilities())
      expect([capability, OF_SMART.includes(capability) || URL.canParse(capability)]).toEqual([
        capability,
        true,
      ]);
  });

  it('SMART 18: lists S256 and not plain', () => {
    expect(document['code_challenge_methods_supported']).toEqual(['S256']);
  });

  it('SMART 19: names no app state endpoint, because there is none', () => {
    expect(document).not.toHaveProperty('smart_app_state_endpoint');
    expect(document).not.toHaveProperty('associated_endpoints');
    expect(capabilities()).not.toContain('smart-app-state');
  });

  it('SMART 22: is the same whatever the case of header names', async () => {
    const response = await fetch(`${world.address}/northwind/smart-configuration`, {
      headers: { ACCEPT: 'text/html' },
    });
    expect(await response.json()).toEqual(document);
  });

  it('SMART 23: has both capability sets for patients completely', () => {
    expect(capabilities()).toEqual(expect.arrayContaining([...STANDALONE, ...FROM_PORTAL, ...CLIENTS]));
  });

  it('SMART 25: has the capabilities that CARIN Blue Button requires', () => {
    expect(capabilities()).toEqual(expect.arrayContaining(OF_CARIN));
  });

  it('F51: names no versions and no other tenant', async () => {
    expect(JSON.stringify(document)).not.toMatch(/lakeside|strict|oidc-provider|\d+\.\d+\.\d+/);
  });
});
