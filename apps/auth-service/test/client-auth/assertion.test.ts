import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { post } from '../app.ts';
import {
  assertion,
  ASSERTION_TYPE,
  type AssertionChange,
  type Key,
  type KeyServer,
  newKey,
  nowSeconds,
  plantBackend,
  postAsserted,
  startKeyServer,
  TOKEN,
} from '../keys.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

/** Which rule it was is said to the app's developer; see test/refusals. */
const INVALID_CLIENT = expect.objectContaining({ error: 'invalid_client' });
const TIMES = 10;

describe('private_key_jwt', () => {
  let world: World;
  let elsewhere: KeyServer;
  let key: Key;
  let id: string;
  beforeAll(async () => {
    world = await startWorld();
    elsewhere = await startKeyServer();
    key = await newKey();
    id = await plantBackend(world, { jwks: { keys: [key.jwk] } });
  }, 60_000);
  afterAll(async () => {
    await elsewhere?.stop();
    await world?.stop();
  });

  const ask = async (change: AssertionChange = {}) =>
    postAsserted(world, await assertion(world, id, key, change), TOKEN);
  const issuer = () => tenantOf(world).issuer;

  async function expectRefused(change: AssertionChange): Promise<void> {
    const { status, body } = await ask(change);
    expect([status, body]).toEqual([401, INVALID_CLIENT]);
  }

  it.each(['RS384', 'ES384', 'PS256', 'ES256', 'Ed25519'])(
    'SMART 81, 82: accepts %s with an inline key set',
    async (alg) => {
      const own = await newKey(alg);
      const other = await newKey(alg);
      const clientId = await plantBackend(world, { jwks: { keys: [other.jwk, own.jwk] } });
      const { status } = await postAsserted(world, await assertion(world, clientId, own), TOKEN);
      expect(status).toBe(200);
    },
  );

  it('SMART 85: accepts the issuer (rfc7523bis) or the token endpoint as the only audience', async () => {
    for (const aud of [issuer(), `${issuer()}/token`])
      expect((await ask({ claims: { aud } })).status).toBe(200);
  });

  it('RFC 9126: accepts the endpoint where a request is pushed as the audience there, and nowhere else', async () => {
    const par = `${issuer()}/par`;
    const pushed = async (aud: string) =>
      (await postAsserted(world, await assertion(world, id, key, { claims: { aud } }), {}, 'par')).body[
        'error'
      ];
    // It may not push this request, but was authenticated.
    for (const aud of [par, issuer(), `${issuer()}/token`])
      expect(await pushed(aud)).not.toBe('invalid_client');
    for (const aud of [`${issuer()}/introspect`, `${tenantOf(world, 'lakeside').issuer}/par`])
      expect(await pushed(aud)).toBe('invalid_client');
    await expectRefused({ claims: { aud: par } });
  });

  it('O21: refuses the audience of another server, also beside its own', async () => {
    const other = tenantOf(world, 'lakeside').issuer;
    for (const aud of [
      undefined,
      '',
      'https://as.example/token',
      other,
      `${other}/token`,
      `${issuer()}/`,
      `${issuer()}/introspect`,
      [issuer()],
      [`${issuer()}/token`, 'https://as.example/token'],
      tenantOf(world).fhirBase,
    ])
      await expectRefused({ claims: { aud } });
  });

  it('O21: refuses an assertion that is valid for more than five minutes, has expired, or has no end', async () => {
    expect((await ask({ claims: { exp: nowSeconds() + 300 } })).status).toBe(200);
    for (const exp of [nowSeconds() + 330, nowSeconds() - 30, undefined, String(nowSeconds() + 60), 0, 1e308])
      await expectRefused({ claims: { exp } });
    await expectRefused({ claims: { nbf: nowSeconds() + 60 } });
  });

  it('P25: refuses an iat in the future beyond the tolerance, and one that is no time', async () => {
    for (const iat of [nowSeconds() + 20, nowSeconds() + 3_600, 'yesterday', null])
      await expectRefused({ claims: { iat } });
    for (const iat of [nowSeconds() + 2, nowSeconds(), nowSeconds() - 3_600])
      expect((await ask({ claims: { iat } })).status).toBe(200);
  });

  it('P25: refuses what is critical in its header', async () => {
    // jose signs none of these.
    const { privateKey } = key;
    for (const crit of [['urn:unknown'], ['exp'], [], ['b64'], 'alg']) {
      const [header = '', payload = ''] = (await assertion(world, id, key)).split('.');
      const changed = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), crit, exp: 1, b64: true };
      const input = `${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${payload}`;
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' };
      const signature = await crypto.subtle.sign(
        key.alg.startsWith('ES') ? { name: 'ECDSA', hash: 'SHA-384' } : algorithm,
        privateKey,
        Buffer.from(input),
      );
      const jwt = `${input}.${Buffer.from(signature).toString('base64url')}`;
      const { status, body } = await postAsserted(world, jwt, TOKEN);
      expect([crit, status, body]).toEqual([crit, 401, INVALID_CLIENT]);
    }
  });

  it('O21: refuses an assertion without a jti', async () => {
    for (const jti of [undefined, '', 7, null]) await expectRefused({ claims: { jti } });
  });

  it('O21: accepts an assertion once, also when ten come at the same time', async () => {
    for (let round = 0; round < 20; round += 1) {
      const jwt = await assertion(world, id, key);
      const answers = await Promise.all(Array.from({ length: TIMES }, () => postAsserted(world, jwt, TOKEN)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const { status, body } of answers)
        if (status !== 200) expect([status, body]).toEqual([401, INVALID_CLIENT]);
      expect((await postAsserted(world, jwt, TOKEN)).status).toBe(401);
    }
  });

  it('SMART 86: accepts a jti once for each client, whichever endpoint it uses', async () => {
    const second = await plantBackend(world, { jwks: { keys: [key.jwk] } });
    const claims = { jti: 'the same' };
    expect((await ask({ claims })).status).toBe(200);
    const others = await postAsserted(world, await assertion(world, second, key, { claims }), TOKEN);
    expect(others.status).toBe(200);
    const again = await postAsserted(
      world,
      await assertion(world, id, key, { claims }),
      { token: 'x' },
      'introspect',
    );
    expect([again.status, again.body]).toEqual([401, INVALID_CLIENT]);
  });

  it('D18: keeps a used jti until the assertion has expired, and never changes it', async () => {
    const { rows } = await world.db.query<{ left: number }>(
      'SELECT extract(epoch FROM expires_at - now())::float AS left FROM replay ORDER BY expires_at DESC LIMIT 1',
    );
    expect(rows[0]?.left).toBeGreaterThan(240);
    const { rows: granted } = await world.db.query<{ privilege_type: string }>(
      `SELECT privilege_type FROM information_schema.table_privileges
        WHERE table_name = 'replay' AND grantee LIKE '%_service' ORDER BY 1`,
    );
    expect(granted.map((each) => each.privilege_type)).toEqual(['DELETE', 'INSERT', 'SELECT']);
  });

  it('SMART 86: authenticates only the client that iss and sub name, and only by its own key', async () => {
    const stranger = await newKey('ES384', key.kid);
    for (const change of [
      { claims: { iss: 'somebody' } },
      { claims: { sub: 'somebody' } },
      { claims: { iss: undefined } },
      { claims: { sub: undefined } },
      { claims: { sub: [id] } },
      { claims: { iss: 'somebody', sub: 'somebody' } },
      { privateKey: stranger.privateKey },
    ])
      await expectRefused(change);
  });

  it('SMART 83, 87: uses the key with this kid and kty, if there is exactly one', async () => {
    await expectRefused({ header: { kid: undefined } });
    await expectRefused({ header: { kid: 'other' } });
    const twin = await newKey('ES384', key.kid);
    const twins = await plantBackend(world, { jwks: { keys: [twin.jwk, key.jwk] } });
    const ambiguous = await postAsserted(world, await assertion(world, twins, key), TOKEN);
    expect([ambiguous.status, ambiguous.body]).toEqual([401, INVALID_CLIENT]);
    const rsa = await newKey('RS384', key.kid);
    const namesakes = await plantBackend(world, { jwks: { keys: [rsa.jwk, key.jwk] } });
    expect((await postAsserted(world, await assertion(world, namesakes, key), TOKEN)).status).toBe(200);
    expect((await postAsserted(world, await assertion(world, namesakes, rsa), TOKEN)).status).toBe(200);
    const misused = await plantBackend(world, { jwks: { keys: [{ ...key.jwk, use: 'enc' }] } });
    expect((await postAsserted(world, await assertion(world, misused, key), TOKEN)).status).toBe(401);
  });

  it('SMART 85: accepts typ JWT or no typ', async () => {
    expect((await ask({ header: { typ: undefined } })).status).toBe(200);
    for (const typ of ['at+jwt', 'dpop+jwt', '', 1]) await expectRefused({ header: { typ } });
  });

  it('S14: fetches nothing that a header names, and uses no key from a header', async () => {
    const attacker = await newKey('ES384', key.kid);
    elsewhere.keys = [attacker.jwk];
    for (const header of [
      { jku: elsewhere.url },
      { x5u: elsewhere.url },
      { jwk: attacker.jwk },
      { kid: elsewhere.url },
      { kid: '../../../../dev/null' },
      { kid: "' OR 1=1 --" },
      { kid: { $ne: null } },
      { kid: '\u0000' },
      { jku: elsewhere.url, kid: 'new' },
    ] as AssertionChange['header'][])
      await expectRefused({ header, privateKey: attacker.privateKey });
    expect(elsewhere.connections).toBe(0);
    expect((await ask({ header: { x5u: elsewhere.url, jwk: attacker.jwk } })).status).toBe(200);
    expect(elsewhere.connections).toBe(0);
  });

  it('SMART 87: refuses a jku from a client that has registered none', async () => {
    await expectRefused({ header: { jku: elsewhere.url } });
    await expectRefused({ header: { jku: null } });
  });

  it('SMART 82: refuses algorithms that the client has no key for', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: id, sub: id, aud: issuer(), exp: nowSeconds() + 60, jti: 'unsigned' };
    const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
    const symmetric = await new jose.SignJWT(claims)
      .setProtectedHeader({ alg: 'HS384', kid: key.kid })
      .sign(secret);
    const rsa = await newKey('RS512');
    const weak = await plantBackend(world, { jwks: { keys: [rsa.jwk] } });
    for (const jwt of [
      `${part({ alg: 'none', kid: key.kid })}.${part(claims)}.`,
      symmetric,
      await assertion(world, weak, rsa),
    ]) {
      const { status, body } = await postAsserted(world, jwt, TOKEN);
      expect([status, body]).toEqual([401, INVALID_CLIENT]);
    }
  });

  it('SMART 89: answers every wrong assertion with invalid_client', async () => {
    const jwt = await assertion(world, id, key);
    for (const form of [
      { client_assertion: 'nonsense' },
      { client_assertion: 'a.b.c' },
      { client_assertion: `${jwt}x` },
      { client_assertion: jwt.split('.').slice(0, 2).join('.') },
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
      { client_assertion_type: '' },
      { client_id: 'somebody-else' },
    ] as Record<string, string>[]) {
      const { status, body, headers } = await postAsserted(world, jwt, { ...TOKEN, ...form });
      expect([form, status, body]).toEqual([form, 401, INVALID_CLIENT]);
      expect(headers.get('cache-control')).toBe('no-store');
    }
    for (const path of ['introspect', 'revoke']) {
      const { status, body } = await postAsserted(world, 'nonsense', { token: 'x' }, path);
      expect([status, body]).toEqual([401, INVALID_CLIENT]);
    }
  });

  it('T08: refuses an assertion of a client of another tenant', async () => {
    const jwt = await assertion(world, id, key, {}, 'lakeside');
    const { status, body } = await postAsserted(world, jwt, TOKEN, 'token', 'lakeside');
    expect([status, body]).toEqual([401, INVALID_CLIENT]);
  });

  it('refuses an assertion without the right client_assertion_type', async () => {
    expect(ASSERTION_TYPE).toMatch(/jwt-bearer$/);
    const form = new URLSearchParams({ ...TOKEN, client_assertion: await assertion(world, id, key) });
    const { status, body } = await post(`${issuer()}/token`, form);
    expect([status, body]).toEqual([401, INVALID_CLIENT]);
  });
});
