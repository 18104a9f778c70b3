import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { post, REDIRECT } from '../app.ts';
import { allowLoopback } from '../keys.ts';
import { startWorld, tenantOf, type World } from '../world.ts';
import { initialToken } from './initial-token.ts';

const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits });
const EC = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const STRONG = rsa(2048);
const jwk = (key = EC.publicKey, more: object = { kid: 'a' }) => ({
  ...key.export({ format: 'jwk' }),
  ...more,
});

describe('keys of a client', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    for (const tenant of ['northwind', 'strict']) await allowLoopback(world, tenant);
  }, 60_000);
  afterAll(() => world?.stop());

  const send = (metadata: object, tenant = 'northwind', headers = {}) =>
    post(
      `${tenantOf(world, tenant).issuer}/register`,
      { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'private_key_jwt', ...metadata },
      headers,
    );

  it.each([
    ['inline', { jwks: { keys: [jwk(), jwk(STRONG.publicKey)] } }],
    [
      'beside one for encryption',
      { jwks: { keys: [jwk(EC.publicKey, { kid: 'a', use: 'enc' }), jwk(STRONG.publicKey)] } },
    ],
    ['by address', { jwks_uri: 'https://app.example/jwks.json' }],
    [
      'by an address on the developer’s machine, if the plan allows it',
      { jwks_uri: 'http://127.0.0.1:9/jwks' },
    ],
  ])('SMART 29, 81: are registered %s', async (_name, metadata) => {
    const { status, body } = await send(metadata);
    expect(status).toBe(201);
    expect(body).toMatchObject(metadata);
    expect(body).not.toHaveProperty('client_secret');
  });

  it.each([
    ['none', { keys: [] }],
    ['no list', { keys: {} }],
    ['a private key', { keys: [jwk(EC.privateKey as never)] }],
    ['a symmetric key', { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'a' }] }],
    ['a key without a kid', { keys: [jwk(EC.publicKey, {})] }],
    ['two keys with the same kid and type', { keys: [jwk(), jwk()] }],
    ['a short key', { keys: [jwk(rsa(1024).publicKey)] }],
    ['a broken key', { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'a' }] }],
    ['for encryption', { keys: [jwk(EC.publicKey, { kid: 'a', use: 'enc' })] }],
    ['for making signatures', { keys: [jwk(EC.publicKey, { kid: 'a', key_ops: ['sign'] })] }],
    ['too many', { keys: Array.from({ length: 11 }, (_, kid) => jwk(EC.publicKey, { kid: String(kid) })) }],
  ])('SMART 83: are refused when they are %s', async (_name, jwks) => {
    const { status, body } = await send({ jwks });
    expect([status, body['error']]).toEqual([400, 'invalid_client_metadata']);
  });

  it('cannot be combined with a jwks_uri', async () => {
    const both = await send({ jwks: { keys: [jwk()] }, jwks_uri: 'https://app.example/jwks.json' });
    expect([both.status, both.body['error']]).toEqual([400, 'invalid_client_metadata']);
  });

  it.each([
    'http://app.example/jwks',
    'https://app.example:8443/jwks.json',
    'http://169.254.169.254/latest',
    'https://169.254.169.254/latest',
    'https://2852039166/',
    'https://0x7f.1/',
    'https://[::ffff:127.0.0.1]/',
    'https://[fd00::1]/',
    'https://localhost/jwks',
    'https://auth-service/jwks',
    'https://auth.internal/jwks',
    'https://printer.local./jwks',
    'https://user:secret@app.example/jwks',
    'https://app.example/jwks#x',
    'file:///etc/passwd',
    'jwks',
  ])('O17: cannot be registered at %s', async (jwks_uri) => {
    const { status, body } = await send({ jwks_uri });
    expect([status, body['error']]).toEqual([400, 'invalid_client_metadata']);
  });

  it('O17: cannot be registered at loopback on a production tenant', async () => {
    const authorization = `Bearer ${await initialToken(world, 'strict')}`;
    const { status } = await send({ jwks_uri: 'http://127.0.0.1:9/jwks' }, 'strict', { authorization });
    expect(status).toBe(400);
  });
});
