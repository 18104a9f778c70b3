import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAuthorization, post, redirected, registerVerifiedApp, type RegisteredApp } from '../app.ts';
import { Browser } from '../browser.ts';
import { PASSWORD, startWorld, tenantOf, type World } from '../world.ts';

const URN = 'urn:ietf:params:oauth:grant-type';

/** Grants of OAuth that this server does not offer (security case O30). */
describe('a grant type that is switched off', () => {
  let world: World;
  let app: RegisteredApp;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerVerifiedApp(world);
  }, 60_000);
  afterAll(() => world?.stop());

  it.each<[string, Record<string, string>]>([
    ['password', { username: 'maria.many', password: PASSWORD }],
    ['implicit', {}],
    [`${URN}:device_code`, { device_code: 'x' }],
    [`${URN}:jwt-bearer`, { assertion: 'a.b.c' }],
    [`${URN}:saml2-bearer`, { assertion: 'x' }],
    [`${URN}:token-exchange`, { subject_token: 'x', subject_token_type: `${URN}:access_token` }],
    [`${URN}:pre-authorized_code`, { 'pre-authorized_code': 'x' }],
    ['urn:openid:params:grant-type:ciba', { auth_req_id: 'x' }],
    ['__proto__', {}],
  ])('O30: refuses the grant type %s', async (grant_type, parameters) => {
    const form = new URLSearchParams({ grant_type, client_id: app.client_id, ...parameters });
    const { status, body } = await post(`${tenantOf(world).issuer}/token`, form);
    expect([status, body['error']]).toEqual([400, 'unsupported_grant_type']);
  });

  it('O30: allows client_credentials to backend services only', async () => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: app.client_id });
    const { status, body } = await post(`${tenantOf(world).issuer}/token`, form);
    expect([status, body['error']]).toEqual([400, 'unauthorized_client']);
  });

  it.each(['device/auth', 'device', 'backchannel', 'ciba', 'session/end', 'challenge', 'credential', 'reg'])(
    'O30: has no endpoint /%s',
    async (path) => {
      for (const method of ['GET', 'POST']) {
        const response = await fetch(`${tenantOf(world).issuer}/${path}`, { method });
        expect([method, response.status]).toEqual([method, 404]);
      }
    },
  );

  it.each(['token', 'id_token', 'code token', 'code id_token', 'id_token token', 'none', 'constructor'])(
    'O30: refuses the response type %s',
    async (response_type) => {
      const { url } = startAuthorization(world, app, { response_type, nonce: 'n' });
      const response = await fetch(url, { redirect: 'manual' });
      const answer = (response.headers.get('location') ?? '').replace('#', '?');
      expect(new URL(answer).searchParams.get('error')).toBe('unsupported_response_type');
      expect(answer).not.toMatch(/access_token|id_token=|code=/);
    },
  );

  it.each(['fragment', 'form_post', 'query.jwt', 'web_message'])(
    'O30: refuses the response mode %s for a code',
    async (response_mode) => {
      const { url } = startAuthorization(world, app, { response_mode });
      const answer = redirected(await new Browser(world.url).request(url));
      expect(answer.get('error')).toBe('unsupported_response_mode');
      expect(answer.get('error_description')).toContain('response_mode must be query, or be left out');
      const form = new URL(url).searchParams;
      const pushed = await post(`${tenantOf(world).issuer}/par`, form);
      expect([pushed.status, pushed.body['error']]).toEqual([400, 'unsupported_response_mode']);
    },
  );
});
