import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenClaims } from '@patient-access/smart';
import { newProofKey, type ProofChange, type ProofKey } from '@patient-access/testing';
import { getCode, introspect, startAuthorization, post, registerApp, type RegisteredApp } from '../app.ts';
import { plantCode } from '../plant.ts';
import { GATEWAY_BASIC, startWorld, tenantOf, type World } from '../world.ts';

const AT_ONCE = 10;
const RACES = 20;
const REFUSED = [400, 'invalid_dpop_proof'];

/** Tokens that are bound to a key of the app (DPoP, RFC 9449). */
describe('proof of possession', () => {
  let world: World;
  let app: RegisteredApp;
  let key: ProofKey;
  let token: string;
  beforeAll(async () => {
    world = await startWorld();
    app = await registerApp(world);
    key = await newProofKey();
    token = `${tenantOf(world).issuer}/token`;
  }, 60_000);
  afterAll(() => world?.stop());

  const proof = (by = key, change: ProofChange = {}) => by.prove('POST', token, undefined, change);

  async function ask(form: Record<string, string>, dpop?: string) {
    const { status, body } = await post(token, new URLSearchParams({ client_id: app.client_id, ...form }), {
      ...(dpop !== undefined && { dpop }),
    });
    return { status, body };
  }

  const redeem = ({ code, verifier }: { code: string; verifier: string }, dpop?: string, client = app) =>
    ask(
      {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: client.redirect_uri,
        client_id: client.client_id,
      },
      dpop,
    );
  const renew = (refresh_token: unknown, dpop?: string) =>
    ask({ grant_type: 'refresh_token', refresh_token: String(refresh_token) }, dpop);

  it('S22: is announced in discovery with its algorithms', async () => {
    const algorithms = { dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA'] };
    const openid = await fetch(`${tenantOf(world).issuer}/.well-known/openid-configuration`);
    const smart = await fetch(`${world.address}/northwind/smart-configuration`);
    for (const response of [openid, smart]) expect(await response.json()).toMatchObject(algorithms);
  });

  it('S22: binds the access and refresh tokens of a public client to the key, and the answer says so', async () => {
    const { status, body } = await redeem(await getCode(world, app), await proof());
    expect([status, body['token_type'], body['patient']]).toEqual([200, 'DPoP', 'maria']);
    const introspected = await introspect(world, String(body['access_token']));
    expect(introspected.body).toMatchObject({ token_type: 'DPoP', cnf: { jkt: key.thumbprint } });
    expect(TokenClaims.parse(introspected.body).cnf).toEqual({ jkt: key.thumbprint });
    const stranger = await newProofKey();
    for (const dpop of [undefined, await proof(stranger)])
      expect((await renew(body['refresh_token'], dpop)).body['error']).toBe('invalid_grant');
    const renewed = await renew(body['refresh_token'], await proof());
    expect(renewed.body).toMatchObject({ token_type: 'DPoP', patient: 'maria' });
    // The answer was lost, and the app repeats the request with a new proof.
    const repeated = await renew(body['refresh_token'], await proof());
    expect(repeated.body['access_token']).toBe(renewed.body['access_token']);
  });

  it('S22: is optional; without a proof the token is a bearer token', async () => {
    const { body } = await redeem(await plantCode(world, app));
    expect(body['token_type']).toBe('Bearer');
    expect((await introspect(world, String(body['access_token']))).body).not.toHaveProperty('cnf');
  });

  it('S22: is required for a client that registered so', async () => {
    const bound = await registerApp(world, { dpop_bound_access_tokens: true });
    const planted = await plantCode(world, bound);
    const { body } = await redeem(planted, undefined, bound);
    expect(body['error']).toBe('invalid_grant');
    expect(body['error_description']).toMatch(/^The client registered dpop_bound_access_tokens,/);
    expect((await redeem(planted, await proof(), bound)).body['token_type']).toBe('DPoP');
  });

  it.each<[string, ProofChange | string]>([
    ['for another endpoint', { claims: { htu: 'https://plan.example/token' } }],
    ['for another method', { claims: { htm: 'GET' } }],
    ['that is too old', { claims: { iat: 1 } }],
    ['without a jti', { claims: { jti: undefined } }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['that is not a JWT', 'x.y.z'],
    ['that consists of two proofs', 'a.b.c, a.b.c'],
  ])('S22: %s gets no token and does not use the code up', async (_what, change) => {
    const planted = await plantCode(world, app);
    const dpop = typeof change === 'string' ? change : await proof(key, change);
    const { status, body } = await redeem(planted, dpop);
    expect([status, body['error']]).toEqual(REFUSED);
    expect((await redeem(planted, await proof())).status).toBe(200);
  });

  it('S22: is accepted once, even if ten requests send it at the same time', async () => {
    for (let race = 0; race < RACES; race += 1) {
      const dpop = await proof();
      const codes = await Promise.all(Array.from({ length: AT_ONCE }, () => plantCode(world, app)));
      const answers = await Promise.all(codes.map((planted) => redeem(planted, dpop)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ body }) => body['error'] === 'invalid_grant')).toHaveLength(AT_ONCE - 1);
    }
  });

  it('S22: does not use a code up if it could not be remembered', async () => {
    const planted = await plantCode(world, app);
    await world.db.query('ALTER TABLE replay RENAME TO replay_away');
    try {
      expect((await redeem(planted, await proof())).status).toBe(500);
    } finally {
      await world.db.query('ALTER TABLE replay_away RENAME TO replay');
    }
    expect((await redeem(planted, await proof())).status).toBe(200);
  });

  it('S22: with dpop_jkt in the authorization request needs exactly that key', async () => {
    const planted = await getCode(world, app, { dpop_jkt: key.thumbprint });
    expect((await redeem(planted)).body['error']).toBe('invalid_grant');
    const again = await getCode(world, app, { dpop_jkt: key.thumbprint });
    expect((await redeem(again, await proof(await newProofKey()))).body['error']).toBe('invalid_grant');
    const third = await getCode(world, app, { dpop_jkt: key.thumbprint });
    expect((await redeem(third, await proof())).body['token_type']).toBe('DPoP');
  });

  it('S22: in a pushed request binds the code to its key', async () => {
    const { issuer } = tenantOf(world);
    const form = new URL(startAuthorization(world, app, { dpop_jkt: (await newProofKey()).thumbprint }).url)
      .searchParams;
    const other = await key.prove('POST', `${issuer}/par`);
    expect((await post(`${issuer}/par`, form, { dpop: other })).body['error']).toBe('invalid_request');
    form.delete('dpop_jkt');
    const pushed = await post(`${issuer}/par`, form, { dpop: await key.prove('POST', `${issuer}/par`) });
    expect(pushed.status).toBe(201);
    const { rows } = await world.db.query<{ jkt: string }>(
      `SELECT payload::jsonb ->> 'dpopJkt' AS jkt FROM oidc_record WHERE model = 'PushedAuthorizationRequest'
        ORDER BY expires_at DESC LIMIT 1`,
    );
    expect(rows[0]?.jkt).toBe(key.thumbprint);
  });

  it('S22: is needed for userinfo, and no endpoint accepts a bound token as a bearer token', async () => {
    const { issuer } = tenantOf(world);
    const { body } = await redeem(await getCode(world, app), await proof());
    const access = String(body['access_token']);
    const userinfo = (headers: Record<string, string>) => fetch(`${issuer}/userinfo`, { headers });
    const dpop = await key.prove('GET', `${issuer}/userinfo`, access);
    expect((await userinfo({ authorization: `Bearer ${access}` })).status).toBe(401);
    expect((await userinfo({ authorization: `DPoP ${access}` })).status).toBe(400);
    expect((await userinfo({ authorization: `DPoP ${access}`, dpop })).status).toBe(200);
    expect((await userinfo({ authorization: `DPoP ${access}`, dpop })).status).toBe(401);
    const sandbox = await post(
      `${world.address}/auth/northwind/sandbox/expire-token`,
      {},
      { authorization: `Bearer ${access}` },
    );
    expect(sandbox.status).toBe(401);
    const asked = await post(`${issuer}/introspect`, new URLSearchParams({ token: access }), {
      authorization: `Bearer ${access}`,
    });
    expect(asked.status).toBe(401);
  });

  it('S22: is marked as used for all gateways at once, separately for each key', async () => {
    const useUp = async (body: unknown, headers = { authorization: GATEWAY_BASIC }) =>
      (
        await post(
          `${world.address}/internal/northwind/dpop-proofs`,
          body as Record<string, unknown>,
          headers,
        )
      ).status;
    const other = { jkt: key.thumbprint, jti: 'a' };
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => useUp(other)));
    expect(answers.sort()).toEqual([204, ...Array<number>(AT_ONCE - 1).fill(409)]);
    expect(await useUp({ ...other, jti: 'b' })).toBe(204);
    expect(await useUp({ ...other, jkt: `${key.thumbprint}a`, jti: '' })).toBe(204);
    expect(await useUp({ jkt: 7 })).toBe(400);
    expect(await useUp(other, { authorization: 'Basic x' })).toBe(401);
    const { rows } = await world.db.query<{ left: number }>(
      'SELECT extract(epoch FROM max(expires_at) - now())::float AS left FROM replay',
    );
    expect(rows[0]?.left).toBeGreaterThan(590);
  });
});
