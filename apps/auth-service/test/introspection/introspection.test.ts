import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GATEWAY_CLIENT_ID, INTROSPECTION_JWT_TYPE, TokenClaims } from '@patient-access/smart';
import * as jose from 'jose';
import {
  getTokens,
  introspect,
  introspectionClaims,
  post,
  registerApp,
  type RegisteredApp,
  renewals,
} from '../app.ts';
import { GATEWAY_BASIC, startWorld, tenantOf, type World } from '../world.ts';

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

  it('renews what the gateway knows of many tokens: of those that are live, and of no others', async () => {
    const live = tokens['access_token'] as string;
    const asked = [tokens['refresh_token'] as string, live, 'nonsense', '\0', live];
    const [refresh, first = '', nonsense, nul, again = ''] = await renewals(world, asked);
    expect([refresh, nonsense, nul]).toEqual([null, null, null]);
    const keys = jose.createRemoteJWKSet(new URL(`${tenantOf(world).issuer}/keys`));
    for (const jwt of [first, again] as string[]) {
      const { payload } = await jose.jwtVerify(jwt, keys, {
        typ: INTROSPECTION_JWT_TYPE,
        audience: GATEWAY_CLIENT_ID,
      });
      expect(payload['token_introspection']).toEqual(await introspectionClaims(world, live));
    }
    expect(await renewals(world, [live], 'lakeside')).toEqual([null]);
    const { access_token: revoked } = (await getTokens(world, app)) as { access_token: string };
    expect(await renewals(world, [revoked])).toEqual([expect.any(String)]);
    const revocation = new URLSearchParams({ token: revoked, client_id: app.client_id });
    await post(`${tenantOf(world).issuer}/revoke`, revocation);
    expect(await renewals(world, [revoked, live])).toEqual([null, expect.any(String)]);
  });

  it('renews nothing for anybody but the gateway, and no more than it takes at once', async () => {
    const url = `${world.address}/internal/northwind/introspections`;
    const body = JSON.stringify({ tokens: [tokens['access_token']] });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(401);
    const many = JSON.stringify({ tokens: Array(101).fill('x') });
    const authorized = { ...headers, authorization: GATEWAY_BASIC };
    expect((await fetch(url, { method: 'POST', headers: authorized, body: many })).status).toBe(400);
  });

  it.each([
    ['that can be read as JSON', '{'],
    ['that Postgres cannot read as JSON', String.raw`{"note":"\u0000",`],
  ])('says nothing about a token of a banned client, from a record %s', async (_which, begin) => {
    const own = await registerApp(world);
    const { access_token: token } = (await getTokens(world, own)) as { access_token: string };
    const claims = await introspectionClaims(world, token);
    const change = `UPDATE oidc_record SET payload = overlay(payload PLACING $1 FROM 1 FOR 1)
                     WHERE model = 'AccessToken' AND payload LIKE '%' || $2 || '%'`;
    expect((await world.db.query(change, [begin, own.client_id])).rowCount).toBe(1);
    expect(await introspectionClaims(world, token)).toEqual(claims);
    const ban = 'UPDATE client SET banned_at = $2 WHERE id = $1';
    await world.db.query(ban, [own.client_id, new Date()]);
    expect(await introspectionClaims(world, token)).toBeUndefined();
    expect(await renewals(world, [token])).toEqual([null]);
    await world.db.query(ban, [own.client_id, null]);
    expect(await introspectionClaims(world, token)).toEqual(claims);
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
    for (const other of ['nonsense', tokens['id_token'] ?? '']) {
      const { text } = await introspect(world, other, 'northwind', JWT);
      expect(jose.decodeJwt(text)['token_introspection']).toEqual({ active: false });
    }
  });

  it('SMART 97: reports a JWT as not active, and not as an error (RFC 7662 section 2.3)', async () => {
    const { id_token: idToken = '' } = tokens;
    const unsigned = `${idToken.split('.').slice(0, 2).join('.')}.`;
    for (const jwt of [idToken, unsigned, idToken.split('.')[0] ?? ''])
      expect(await introspect(world, jwt)).toMatchObject({ status: 200, body: { active: false } });
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
