import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ask, newProofKey } from '@patient-access/testing';
import { sendBytes } from '../socket.ts';
import { asApp, NORTHWIND_BASE, newToken, startWorld, type World } from '../world.ts';

describe('the target of a request', () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    token = newToken(world);
  });
  beforeEach(() => void (world.owner.received.length = 0));
  afterAll(() => world?.stop());

  it.each([
    ['Obs%65rvation/1', 'Observation/1'],
    ['%4Fbservation/a%2Db%5Fc%7e', 'Observation/a-b_c~'],
    ['Patient/%24everything', 'Patient/$everything'],
    ['Observation/', 'Observation'],
    ['Observation/1/', 'Observation/1'],
    ['Observation/?code=%65&x=%24', 'Observation?code=%65&x=%24'],
    // Decoded once: what comes out is not looked at again.
    ['Observation/%2565', 'Observation/%2565'],
    ['Observation/%252e%252e', 'Observation/%252e%252e'],
    // Reserved characters are not what they look like.
    ['Observation/a%2Fb', 'Observation/a%2Fb'],
    ['Observation/a%3Fb', 'Observation/a%3Fb'],
    ['Observation/%zz', 'Observation/%zz'],
  ])('of %s is %s', async (sent, meant) => {
    await asApp(world, token, sent);
    const seen = world.owner.received.map(({ url }) => url);
    expect(seen.length === 0 ? [`/northwind/${meant}`] : seen.slice(0, 1)).toEqual([`/northwind/${meant}`]);
  });

  it.each(['meta%64ata', 'metadata/', '.well-known/smart%2Dconfiguration'])(
    'that is public is so in any spelling: %s',
    async (path) => {
      expect((await ask(world.url, `${NORTHWIND_BASE}/${path}`)).status).toBe(200);
    },
  );

  it.each(['.well-known/nothing', '.well-known/openid-configuration'])(
    'that is nothing at a public path is 404, without a token: %s',
    async (path) => {
      expect((await ask(world.url, `${NORTHWIND_BASE}/${path}`)).status).toBe(404);
    },
  );

  it('may be absolute, and its host counts (RFC 9112 section 3.2.2)', async () => {
    const get = (target: string, host: string) =>
      sendBytes(world.url, [
        `GET ${target} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`,
      ]);
    const path = `${NORTHWIND_BASE}/Observation/1`;
    expect((await get(`https://plan.example${path}`, 'plan.example')).status).toBe(200);
    expect(world.owner.received[0]?.url).toBe('/northwind/Observation/1');
    expect((await get(`https://plan.example${path}`, 'other.example')).status).toBe(200);
    expect((await get(`https://evil.example${path}`, 'plan.example')).status).toBe(421);
    expect((await get('https://plan.example', 'plan.example')).status).toBe(404);
    expect(world.owner.received).toHaveLength(2);
  });

  it('is proved in any of its spellings (RFC 9449 section 4.3)', async () => {
    const key = await newProofKey();
    const bound = newToken(world, { cnf: { jkt: key.thumbprint } });
    for (const [sent, htu] of [
      ['Patient/%24everything', 'Patient/$everything'],
      ['Patient/$everything', 'Patient/%24everything'],
      ['Observation/', 'Observation'],
    ]) {
      const url = `https://plan.example${NORTHWIND_BASE}/${htu}`;
      const dpop = await key.prove('GET', url, bound);
      const headers = { authorization: `DPoP ${bound}`, dpop };
      expect([sent, (await ask(world.url, `${NORTHWIND_BASE}/${sent}`, { headers })).status]).toEqual([
        sent,
        200,
      ]);
    }
  });

  it.each(['oauth-authorization-server', 'openid-configuration'])(
    'of RFC 8414 leads to the metadata of the issuer (%s)',
    async (kind) => {
      world.auth.received.length = 0;
      const path = `/.well-known/${kind}/auth/northwind/oauth2/v1`;
      expect((await ask(world.url, path)).status).toBe(200);
      expect(world.auth.received.map(({ url }) => url)).toEqual([
        '/auth/northwind/oauth2/v1/.well-known/openid-configuration',
      ]);
      expect((await ask(world.url, `/.well-known/${kind}/auth/North%20wind/oauth2/v1`)).status).toBe(404);
    },
  );

  it('of a resource that has not changed is answered without what a content would have (RFC 9110 section 8.6)', async () => {
    const { handle } = world.owner;
    world.owner.handle = async (request, response) => {
      const { bind } = await import('../world.ts');
      bind(request, response);
      response.setHeader('content-length', '0').writeHead(304).end();
    };
    const { status, headers } = await asApp(world, token, 'Observation/1');
    world.owner.handle = handle;
    expect(status).toBe(304);
    for (const name of ['content-length', 'content-type']) expect(headers).not.toHaveProperty(name);
  });
});
