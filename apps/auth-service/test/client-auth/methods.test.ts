import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { getCode, post, REDIRECT, registerApp } from '../app.ts';
import { assertion, ASSERTION_TYPE, type Key, newKey, plantBackend, postAsserted, TOKEN } from '../keys.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

/** Which rule it was is said to the app's developer; see test/refusals. */
const INVALID_CLIENT = expect.objectContaining({ error: 'invalid_client' });

describe('a client', () => {
  let world: World;
  let key: Key;
  beforeAll(async () => {
    world = await startWorld();
    key = await newKey();
  }, 60_000);
  afterAll(() => world?.stop());

  const issuer = () => tenantOf(world).issuer;

  it('SMART 38, 81: authenticates as a member app with openid-client, from registration to tokens', async () => {
    const own = await newKey('RS384');
    const app = await registerApp(world, {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [own.jwk] },
    });
    expect(app).not.toHaveProperty('client_secret');
    const method = client.PrivateKeyJwt({ key: own.privateKey, kid: own.kid });
    const execute = [client.allowInsecureRequests];
    const server = await client.discovery(new URL(issuer()), app.client_id, undefined, method, { execute });
    const { code, verifier } = await getCode(world, app);
    const answer = new URL(`${REDIRECT}?${new URLSearchParams({ code, iss: issuer() })}`);
    const tokens = await client.authorizationCodeGrant(server, answer, { pkceCodeVerifier: verifier });
    expect(tokens['patient']).toBe('maria');
    const renewed = await client.refreshTokenGrant(server, tokens.refresh_token as string);
    expect(renewed.access_token).not.toBe(tokens.access_token);
    expect((await client.tokenIntrospection(server, renewed.access_token))['active']).toBe(true);
    await client.tokenRevocation(server, renewed.access_token);
    expect((await client.tokenIntrospection(server, renewed.access_token))['active']).toBe(false);
  });

  it('SMART 80: authenticates by secret, in the header or in the form, as it was registered', async () => {
    for (const method of ['client_secret_basic', 'client_secret_post']) {
      const app = await registerApp(world, { token_endpoint_auth_method: method });
      const secret = app.client_secret as string;
      const form = { token: 'unknown', client_id: app.client_id };
      const basic = `Basic ${Buffer.from(`${app.client_id}:${secret}`).toString('base64')}`;
      const inHeader = await post(`${issuer()}/introspect`, new URLSearchParams({ token: 'unknown' }), {
        authorization: basic,
      });
      const inForm = await post(
        `${issuer()}/introspect`,
        new URLSearchParams({ ...form, client_secret: secret }),
      );
      // P25: a secret in a body only from whoever registered it.
      const asRegistered = method === 'client_secret_post' ? 200 : 401;
      expect([inHeader.status, inForm.status]).toEqual([200, asRegistered]);
      const wrong = await post(
        `${issuer()}/introspect`,
        new URLSearchParams({ ...form, client_secret: 'wrong' }),
      );
      expect([wrong.status, wrong.body['error']]).toEqual([401, 'invalid_client']);
    }
  });

  it('SMART 38, 81: opens a launch as a portal that authenticates with its key', async () => {
    const metadata = { grant_types: [], may_launch: true, system_scope: undefined };
    const portal = await plantBackend(world, { jwks: { keys: [key.jwk] } }, metadata);
    const open = (jwt: string) =>
      post(`${issuer()}/launch`, {
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: jwt,
        patient: 'maria',
      });
    const jwt = await assertion(world, portal, key);
    expect((await open(jwt)).status).toBe(201);
    for (const refused of [jwt, 'nonsense', await assertion(world, portal, key, { claims: { aud: 'x' } })]) {
      const { status, body } = await open(refused);
      expect([status, body]).toEqual([401, INVALID_CLIENT]);
    }
  });

  it('O20: has to authenticate with its key if it has registered one', async () => {
    const own = await newKey();
    const app = await registerApp(world, {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [own.jwk] },
    });
    const { code, verifier } = await getCode(world, app);
    const form = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: REDIRECT,
    };
    const basic = (secret: string) => ({
      authorization: `Basic ${Buffer.from(`${app.client_id}:${secret}`).toString('base64')}`,
    });
    const attempts: [Record<string, string>, Record<string, string>][] = [
      [{ client_id: app.client_id }, {}],
      [{ client_id: app.client_id, client_secret: 'guess' }, {}],
      [{}, basic('guess')],
      [{}, basic(own.kid)],
    ];
    for (const [more, headers] of attempts) {
      const answer = await post(`${issuer()}/token`, new URLSearchParams({ ...form, ...more }), headers);
      expect([more, answer.status, answer.body['error']]).toEqual([more, 401, 'invalid_client']);
    }
  });

  it('O20: is refused with an assertion if it is public or has a secret', async () => {
    for (const method of ['none', 'client_secret_basic']) {
      const app = await registerApp(world, { token_endpoint_auth_method: method, jwks: { keys: [key.jwk] } });
      const { status, body } = await postAsserted(world, await assertion(world, app.client_id, key), TOKEN);
      expect([status, body]).toEqual([401, INVALID_CLIENT]);
    }
  });
});
