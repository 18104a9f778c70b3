import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Browser } from '../browser.ts';
import { startAuthorization, registerApp } from '../app.ts';
import { GATEWAY_BASIC, startWorld, tenantOf, type World } from '../world.ts';

const ENDPOINTS = [
  'authorize',
  'token',
  'introspect',
  'revoke',
  'register',
  'par',
  'launch',
  'keys',
  'userinfo',
  'authorize/abc',
  '../../interaction/abc',
  '../../apps',
  '../../sandbox/expire-token',
];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'];
const FORM = 'application/x-www-form-urlencoded';
const BODIES: [string, string, string][] = [
  ['nothing', FORM, ''],
  ['a broken escape', FORM, 'client_id=%&token=%zz&grant_type=%E0%A4%A'],
  ['NUL', FORM, 'client_id=%00&token=%00&code=%00&grant_type=authorization_code&state=%00'],
  ['prototype names', FORM, '__proto__[x]=1&constructor=2&hasOwnProperty=3&client_id=__proto__'],
  ['each parameter twice', FORM, 'client_id=a&client_id=b&token=a&token=b&grant_type=x&grant_type=y'],
  ['broken JSON', 'application/json', '{"redirect_uris": ['],
  ['JSON that is not an object', 'application/json', '[null]'],
  ['deep JSON', 'application/json', '['.repeat(20_000)],
  [
    'odd metadata',
    'application/json',
    '{"redirect_uris":[{}],"client_name":{"a":1},"grant_types":"x","contacts":[1]}',
  ],
  ['XML', 'application/xml', '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'],
  ['bytes', 'application/octet-stream', '\u0000\u0001\uFFFF'],
  ['too much', FORM, `token=${'x'.repeat(70_000)}`],
];

describe('malformed input', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  }, 60_000);
  afterAll(() => world?.stop());

  it.each(ENDPOINTS)('at /%s is refused and causes no failure', async (endpoint) => {
    const url = `${tenantOf(world).issuer}/${endpoint}`;
    for (const [name, type, body] of BODIES) {
      for (const authorization of [
        undefined,
        'Basic !!!',
        GATEWAY_BASIC,
        'Bearer x y',
        `Bearer ${'x'.repeat(9_000)}`,
      ]) {
        const headers: Record<string, string> = {
          'content-type': type,
          ...(authorization && { authorization }),
        };
        const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual' });
        const text = await response.text();
        expect([name, endpoint, response.status < 500]).toEqual([name, endpoint, true]);
        expect(text).not.toMatch(/ at .*\.(ts|js):|node_modules|SELECT|INSERT|stack/);
      }
    }
    for (const method of METHODS) {
      const response = await fetch(`${url}?client_id=%&x[]=1&scope=%00&state=%ff`, {
        method,
        redirect: 'manual',
      });
      expect([method, response.status < 500]).toEqual([method, true]);
    }
  });

  it.each([
    ['token', 'POST'],
    ['introspect', 'POST'],
    ['revoke', 'POST'],
    ['par', 'POST'],
    ['register', 'POST'],
    ['register/any-client', 'GET, PUT, DELETE'],
    ['launch', 'POST'],
    ['userinfo', 'GET, POST'],
    ['authorize', 'GET, POST'],
    ['keys', 'GET'],
    ['.well-known/openid-configuration', 'GET'],
    ['.well-known/oauth-authorization-server', 'GET'],
  ])(
    'as a method is refused by /%s, which says that it takes %s (RFC 9110 section 15.5.6, RFC 6749 section 5.2)',
    async (endpoint, allow) => {
      const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
        (method) => !allow.includes(method),
      );
      for (const method of others) {
        const response = await fetch(`${tenantOf(world).issuer}/${endpoint}`, { method });
        expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, allow]);
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(await response.json()).toMatchObject({
          error: 'invalid_request',
          error_description: `This endpoint takes ${allow}.`,
        });
      }
      const elsewhere = `${tenantOf(world).issuer.replace('northwind', 'nowhere')}/${endpoint}`;
      expect((await fetch(elsewhere, { method: others[0] })).status).toBe(404);
    },
  );

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain', 'application/xml'])(
    'posted to the authorization endpoint as %s gets a page that says what is missing',
    async (type) => {
      for (const body of ['{"a', 'x=y', '']) {
        const url = `${tenantOf(world).issuer}/authorize`;
        const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
        expect([type, response.status, response.headers.get('content-type')]).toEqual([
          type,
          400,
          'text/html; charset=utf-8',
        ]);
        expect(await response.text()).not.toContain('FST_');
      }
    },
  );

  it('inside a valid request causes no failure either', async () => {
    const app = await registerApp(world);
    const odd = ['\u0000', '\ud800', '%', '"><', 'x'.repeat(4_000), '{}', '[]', '-1', '1e999'];
    const names = [
      'state',
      'nonce',
      'max_age',
      'prompt',
      'claims',
      'ui_locales',
      'id_token_hint',
      'acr_values',
      'display',
    ];
    for (const name of [
      ...names,
      'response_mode',
      'resource',
      'request',
      'request_uri',
      'registration',
      'login_hint',
    ]) {
      for (const value of odd) {
        const page = await new Browser(world.url).open(startAuthorization(world, app, { [name]: value }).url);
        expect([name, value, page.status < 500]).toEqual([name, value, true]);
      }
    }
  });

  it('instead of HTTP ends its own connection and no other', async () => {
    const { port, hostname } = new URL(world.url);
    for (const bytes of [
      '\u0000\u0001\u0002',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => socket.write(bytes));
        socket.on('error', () => undefined).on('close', () => resolve());
        socket.resume();
      });
    }
    expect((await fetch(`${world.url}/health/ready`)).status).toBe(200);
  });
});
