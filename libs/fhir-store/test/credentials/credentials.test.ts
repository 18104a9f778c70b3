import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TokenClaims } from '@patient-access/smart';
import { ask, observation, type IntrospectionJwtChange } from '@patient-access/testing';
import { exportJWK, generateKeyPair, UnsecuredJWT } from 'jose';
import { startWorld, type World } from '../world.ts';

const now = () => Math.floor(Date.now() / 1000);
const secret = new TextEncoder().encode('a secret as long as HS256 asks for');

describe('a credential', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.store('north', observation('o-1', 'anna'));
  });
  afterAll(() => world?.stop());

  const claims = (change: Partial<TokenClaims> = {}) => world.issuer.claims('north', 'anna', change);

  async function statusFor(authorization: string | undefined, path = '/north/Observation/o-1') {
    const answer = await ask(world.url, path, {
      headers: authorization === undefined ? {} : { authorization },
    });
    if (answer.status !== 200) {
      expect(JSON.parse(answer.text)).toMatchObject({ resourceType: 'OperationOutcome' });
      expect(answer.text).not.toContain('"Observation"');
    }
    return answer.status;
  }

  const signed = async (change: IntrospectionJwtChange, claimed = claims()) =>
    statusFor(`Bearer ${await world.issuer.sign(claimed, change)}`);

  it('SMART 91: is accepted when the tenant’s issuer signed it', async () => {
    expect(await signed({})).toBe(200);
  });

  it.each<[string, () => Promise<number>]>([
    ['missing', () => statusFor(undefined)],
    ['empty', () => statusFor('Bearer ')],
    ['with the scheme Basic', () => statusFor('Basic bm9ydGg6YW5uYQ==')],
    ['an opaque token', () => statusFor('Bearer 0123456789abcdef0123456789abcdef')],
    ['nonsense', () => statusFor('Bearer a.b.c')],
    ['followed by a second one', async () => statusFor(`Bearer ${await world.issuer.sign(claims())} x`)],
    ['for another audience', () => signed({ aud: 'another-client' })],
    ['by the issuer of another tenant', () => signed({ iss: 'https://plan.example/auth/south/oauth2/v1' })],
    ['by an unknown issuer', () => signed({ iss: 'https://evil.example' })],
    ['with the typ JWT', () => signed({ header: { typ: 'JWT' } })],
    ['with the typ of a JWT access token', () => signed({ header: { typ: 'at+jwt' } })],
    ['signed with an unknown key', async () => signed({ key: (await generateKeyPair('ES256')).privateKey })],
    ['signed with a secret', () => signed({ header: { alg: 'HS256' }, key: secret })],
    [
      'signed with another algorithm',
      async () => {
        const { privateKey } = await generateKeyPair('RS256');
        return signed({ header: { alg: 'RS256' }, key: privateKey });
      },
    ],
    ['for a token that has expired', () => signed({}, claims({ exp: now() - 1 }))],
    ['for a token of another tenant', () => signed({}, claims({ tenant: 'south' }))],
    [
      'for a token meant for another FHIR base',
      () => signed({}, claims({ aud: 'https://plan.example/elsewhere' })),
    ],
    ['for a token that is not active', () => signed({}, claims({ active: false as unknown as true }))],
    ['without a grant', () => signed({}, claims({ grant_id: undefined }))],
    ['for two members', () => signed({}, claims({ patient: ['anna', 'ben'] as unknown as string }))],
  ])('SMART 91: is refused with 401 when it is %s', async (_what, status) => {
    expect(await status()).toBe(401);
  });

  it.each<[string, number]>([
    ['eleven seconds old', -11],
    ['from a minute ahead', 60],
    ['from five minutes ago', -300],
  ])(
    'SMART 91: is refused with 503 when it is %s: a clock is wrong, and not the token',
    async (_what, by) => {
      expect(await signed({ iat: now() + by })).toBe(503);
      // Who else could have made it is still told that it is no credential.
      const { privateKey } = await generateKeyPair('ES256');
      expect(await signed({ iat: now() + by, key: privateKey })).toBe(401);
      expect(await signed({ iat: now() + by, aud: 'another-client' })).toBe(401);
    },
  );

  it('is refused with 401 when it says `alg: none`', async () => {
    const unsecured = new UnsecuredJWT({ token_introspection: claims() })
      .setIssuer(claims().iss)
      .setAudience('fhir-gateway')
      .setIssuedAt()
      .encode();
    const [, payload] = unsecured.split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'token-introspection+jwt' })).toString(
      'base64url',
    );
    for (const forged of [unsecured, `${header}.${payload}.`, `${header}.${payload}`])
      expect(await statusFor(`Bearer ${forged}`)).toBe(401);
  });

  it('is refused with 401 when its payload or signature was changed', async () => {
    const [header, payload, signature = ''] = (await world.issuer.sign(claims())).split('.');
    const ben = Buffer.from(JSON.stringify({ token_introspection: claims({ patient: 'ben' }) })).toString(
      'base64url',
    );
    expect(await statusFor(`Bearer ${header}.${ben}.${signature}`)).toBe(401);
    expect(await statusFor(`Bearer ${header}.${payload}.${signature.split('').reverse().join('')}`)).toBe(
      401,
    );
    expect(await statusFor(`Bearer ${header}.${payload}.`)).toBe(401);
  });

  it('S14: is refused with 401 when its header brings a key or names one, and nothing is fetched from there', async () => {
    const before = world.issuer.requests.length;
    const elsewhere = `${world.issuer.url}/evil`;
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = await exportJWK(publicKey);
    for (const header of [
      { jku: elsewhere },
      { x5u: elsewhere },
      { jwk },
      { jku: elsewhere, kid: elsewhere },
      { x5c: ['MIIB'] },
      { kid: '../../etc/passwd' },
      { kid: `/evil` },
      { kid: "' OR 1=1 --" },
      { kid: '\u0000' },
    ])
      expect(await signed({ header, key: privateKey })).toBe(401);
    const asked = world.issuer.requests.slice(before);
    expect(asked.filter((path) => path !== '/auth/north/oauth2/v1/keys')).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(1);
  });

  it('T08: is refused with 401 when another plan’s key signed it, even if both keys have the same id', async () => {
    const south = await world.issuer.keyOf('south');
    expect(await signed({ key: south })).toBe(401);
    const theirs = world.issuer.claims('south', 'anna');
    expect(await statusFor(`Bearer ${await world.issuer.sign(theirs)}`, '/south/Observation')).toBe(200);
    expect(await signed({ key: south, iss: theirs.iss })).toBe(401);
    expect(await signed({ iss: theirs.iss }, theirs)).toBe(401);
    const north = await world.issuer.keyOf('north');
    expect(
      await statusFor(`Bearer ${await world.issuer.sign(theirs, { key: north })}`, '/south/Observation'),
    ).toBe(401);
  });

  it('S16: makes the service fetch the keys once at most, however many unknown key ids arrive', async () => {
    const before = world.issuer.requests.length;
    for (let at = 0; at < 1_000; at += 1) await signed({ header: { kid: `unknown-${at}` } });
    expect(world.issuer.requests.length - before).toBeLessThanOrEqual(1);
  });

  it('S12: is refused with 401 at another tenant, even right after its own tenant has accepted it', async () => {
    const jwt = await world.issuer.sign(claims());
    expect(await statusFor(`Bearer ${jwt}`)).toBe(200);
    expect(await statusFor(`Bearer ${jwt}`, '/south/Observation/o-1')).toBe(401);
    expect(await statusFor(`Bearer ${jwt}`, '/%6eorth/Observation/o-1')).not.toBe(200);
  });

  it('is required everywhere except at the probes', async () => {
    for (const path of [
      '/north/metadata',
      '/north/',
      '/north/Observation',
      '/south/x',
      '/health/x',
      '/x/y/z',
    ])
      expect([path, await statusFor(undefined, path)]).toEqual([path, 401]);
    for (const path of ['/', '/north', '/favicon.ico']) expect(await statusFor(undefined, path)).toBe(404);
    expect((await ask(world.url, '/health/live')).status).toBe(200);
    expect((await ask(world.url, '/health/ready')).status).toBe(200);
  });
});

describe('without the issuer’s keys', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());

  it('is answered with 503 instead of 401, because no credential can be checked', async () => {
    const jwt = await world.issuer.sign(world.issuer.claims('north', 'anna'));
    await world.issuer.stop();
    const answer = await ask(world.url, '/north/Observation', {
      headers: { authorization: `Bearer ${jwt}` },
    });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
  });
});
