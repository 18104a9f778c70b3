import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ask } from '@patient-access/testing';
import { sendBytes } from '../socket.ts';
import { asApp, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const TOKEN_PATH = '/auth/northwind/oauth2/v1/token';
const REGISTER_PATH = '/auth/northwind/oauth2/v1/register';

describe('P25: what two readers could read differently', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    token = newToken(world);
  });
  afterAll(() => world?.stop());
  beforeEach(() => {
    world.owner.received.length = 0;
    world.auth.received.length = 0;
  });

  const reached = () =>
    [...world.owner.received, ...world.auth.received].filter(({ url }) => !url.startsWith('/internal/'))
      .length;

  it.each([
    ['the same', 'host: plan.example\r\nhost: plan.example'],
    ['two', 'host: plan.example\r\nHost: evil.example'],
    ['two, ours last', 'HOST: evil.example\r\nhost: plan.example'],
  ])('P25: a second Host header (%s) is 400', async (_what, hosts) => {
    for (const path of [`${NORTHWIND_BASE}/metadata`, TOKEN_PATH, '/docs/errors']) {
      const bytes = `GET ${path} HTTP/1.1\r\n${hosts}\r\nconnection: close\r\n\r\n`;
      expect([path, (await sendBytes(world.url, [bytes])).status]).toEqual([path, 400]);
    }
    expect(reached()).toBe(0);
  });

  it('P25: HTTP/1.1 without a Host header is 400, and says so as every refusal does', async () => {
    for (const path of [`${NORTHWIND_BASE}/metadata`, TOKEN_PATH, '/docs/errors']) {
      const bytes = `GET ${path} HTTP/1.1\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`;
      const { status, headers, body } = await sendBytes(world.url, [bytes]);
      expect([path, status, body.includes('one Host header')]).toEqual([path, 400, true]);
      expect(headers['x-request-id']).toBeDefined();
    }
    expect(reached()).toBe(0);
  });

  it.each(['gzip', 'br', 'deflate', 'x-unknown', 'gzip, identity', 'identity, gzip'])(
    'P25: a body with Content-Encoding %s is 415, which says that none is taken',
    async (coding) => {
      for (const path of [`${NORTHWIND_BASE}/Observation/_search`, TOKEN_PATH, REGISTER_PATH]) {
        const { status, headers } = await ask(world.url, path, {
          method: 'POST',
          headers: { ...FORM, authorization: `Bearer ${token}`, 'content-encoding': coding },
          body: 'code=a',
        });
        expect([path, status, headers['accept-encoding']]).toEqual([path, 415, 'identity']);
      }
      expect(reached()).toBe(0);
    },
  );

  it('P25: Content-Encoding identity is no coding', async () => {
    const headers = { ...FORM, 'content-encoding': 'identity' };
    expect(
      (await asApp(world, token, 'Observation/_search', { method: 'POST', headers, body: 'code=a' })).status,
    ).toBe(200);
  });

  it.each([
    ['half a character', Buffer.from([0x61, 0x3d, 0xc3])],
    ['Latin-1', Buffer.from('login=caf\u00e9', 'latin1')],
    ['an overlong slash', Buffer.from([0x61, 0x3d, 0xc0, 0xaf])],
    ['a surrogate', Buffer.from([0x61, 0x3d, 0xed, 0xa0, 0x80])],
  ])('P25: bytes in a form that are no UTF-8 (%s) are 400', async (_what, body) => {
    for (const path of [`${NORTHWIND_BASE}/Observation/_search`, TOKEN_PATH]) {
      const headers = { ...FORM, authorization: `Bearer ${token}` };
      const { status } = await ask(world.url, path, { method: 'POST', headers, body });
      expect([path, status]).toEqual([path, 400]);
    }
    expect(reached()).toBe(0);
  });

  it.each([
    '{"client_name":"a","client_name":"b"}',
    '{"a":1,"b":{"x":[{"y":1,"z":2,"y":3}]}}',
    '{"a":1,"\\u0061":2}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":"\\"","a":1}',
    '{"a\\"":1,"a\\"":1}',
  ])('P25: JSON with a key that comes twice is 400: %s', async (body) => {
    for (const type of ['application/json', 'application/fhir+json; charset=utf-8', 'Application/JSON']) {
      const { status, text } = await ask(world.url, REGISTER_PATH, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      expect([type, status]).toEqual([type, 400]);
      expect(text).toContain('twice');
    }
    expect(reached()).toBe(0);
  });

  it.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}',
    '{"a":"a\\":","b":"{\\"b\\":1,\\"b\\":2}"}',
    '["a","a",{"a":"a"}]',
    '"a"',
    'no JSON: "a":1,"a":2',
    '{"client_name":"caf\u00e9"}',
  ])('P25: any other is passed on as it came: %s', async (body) => {
    const headers = { 'content-type': 'application/json' };
    const { status } = await ask(world.url, REGISTER_PATH, { method: 'POST', headers, body });
    expect([status, world.auth.received.at(-1)?.body]).toEqual([200, body]);
  });

  it('P25: JSON that never ends is looked at once', async () => {
    const body = `{"a":"${'\\"'.repeat(32_000)}`;
    const start = performance.now();
    const headers = { 'content-type': 'application/json' };
    const { status } = await ask(world.url, REGISTER_PATH, { method: 'POST', headers, body });
    expect(status).toBe(200);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('P25: answers name one type, and where clients come by https they stay there', async () => {
    for (const path of [
      `${NORTHWIND_BASE}/metadata`,
      `${NORTHWIND_BASE}/Observation/1`,
      TOKEN_PATH,
      '/nothing',
      '/docs/errors',
    ]) {
      const { headers } = await ask(world.url, path, { headers: { authorization: `Bearer ${token}` } });
      expect([path, headers['x-content-type-options'], headers['strict-transport-security']]).toEqual([
        path,
        'nosniff',
        'max-age=31536000',
      ]);
    }
  });
});
