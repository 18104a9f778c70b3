import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE, TokenClaims } from '@patient-access/smart';
import * as jose from 'jose';
import { getTokens, introspect, post, registerApp, type RegisteredApp } from '../app.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const JWT = 'application/token-introspection+jwt';

describe('introspection', () => {
  let world: World;
  let app: RegisteredApp;
  let tokens: Record<string, string>;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
    tokens = await getTokens(world, app);
  }, 60_000);
  afterAll(() => world?.stop());

  it('SMART 93: answers the gateway with a JWT that the tenant signed (RFC 9701)', async () => {
    const { issuer } = tenantOf(world);
    const { headers, text } = await introspect(world, tokens['access_token'] as string, 'northwind', JWT);
    expect(headers.get('content-type')).toContain(JWT);
    const keys = jose.createRemoteJWKSet(new URL(`${issuer}/keys`));
    const { payload, protectedHeader } = await jose.jwtVerify(text, keys, {
      issuer,
      audience: GATEWAY_CLIENT_ID,
      typ: INTROSPECTION_JWT_TYPE,
      algorithms: ['ES256'],
    });
    expect(protectedHeader.kid).toBeDefined();
    const claims = TokenClaims.parse(payload['token_introspection']);
    expect(claims.exp - claims.iat).toBe(600);
  });

  it('publishes public keys without certificates', async () => {
    const response = await fetch(`${tenantOf(world).issuer}/keys`);
    const { keys } = (await response.json()) as { keys: jose.JWK[] };
    expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256']);
    for (const key of keys) expect(key.d).toBeUndefined();
  });

  it.each(['nonsense', '', 'x.y.z', '%00', 'sha256.abc'])(
    'reports the unknown token %j as not active',
    async (token) => {
      const { status, body } = await introspect(world, token);
      if (status === 200) expect(body).toEqual({ active: false });
      else expect(status).toBe(400);
    },
  );

  it('S12: gives the same answer for a token of another tenant, a refresh token, or a jti', async () => {
    expect((await introspect(world, tokens['access_token'] as string, 'lakeside')).body).toEqual({
      active: false,
    });
    expect((await introspect(world, tokens['refresh_token'] as string)).body).toEqual({ active: false });
    const { body } = await introspect(world, tokens['access_token'] as string);
    expect((await introspect(world, body['jti'] as string)).body).toEqual({ active: false });
    const { text } = await introspect(world, 'nonsense', 'northwind', JWT);
    expect(jose.decodeJwt(text)['token_introspection']).toEqual({ active: false });
  });

  it('reveals to other clients nothing about tokens of others', async () => {
    const confidential = await registerApp(world, { token_endpoint_auth_method: 'client_secret_post' });
    const form = new URLSearchParams({
      token: tokens['access_token'] as string,
      client_id: confidential.client_id,
      client_secret: confidential.client_secret as string,
    });
    expect((await post(`${tenantOf(world).issuer}/introspect`, form)).body).toEqual({ active: false });
    form.set('client_secret', 'wrong');
    expect((await post(`${tenantOf(world).issuer}/introspect`, form)).status).toBe(401);
    const anonymous = new URLSearchParams({ token: tokens['access_token'] as string });
    expect((await post(`${tenantOf(world).issuer}/introspect`, anonymous)).status).toBe(401);
  });
});
