/** An app that somebody vouches for whom the plan trusts is verified without anybody’s hands (RFC 7591 section 2.3). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { openAndLogIn, post, type RegisteredApp, startAuthorization } from '../app.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
import { startKeyServer } from '../keys.ts';
import { startWorld, tenantOf, type World } from '../world.ts';

const ISSUER = 'https://trust.example';
const STATED = {
  client_name: 'Health Diary',
  publisher: 'Diary Makers Inc.',
  redirect_uris: ['https://diary.example/callback'],
  policy_uri: 'https://diary.example/privacy',
};

describe('a software statement', () => {
  let world: World;
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  beforeAll(async () => {
    world = await startWorld();
    keys = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one' };
    for (const tenant of ['northwind', 'strict'])
      await configure(world, { softwareStatements: [{ issuer: ISSUER, jwks: { keys: [jwk] } }] }, tenant);
  }, 120_000);
  afterAll(() => world?.stop());

  const sign = (
    claims: JWTPayload,
    { issuer = ISSUER, key = keys.privateKey, expires = '1h', kid = 'one' } = {},
  ) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', ...(kid !== '' && { kid }) })
      .setIssuer(issuer)
      .setExpirationTime(expires)
      .sign(key);
  const register = (metadata: Record<string, unknown>, tenant = 'northwind') =>
    post(`${tenantOf(world, tenant).issuer}/register`, { token_endpoint_auth_method: 'none', ...metadata });

  it('makes a verified app, and members read its facts on the consent page', async () => {
    const { status, body } = await register({ software_statement: await sign(STATED) });
    expect([status, body['verified'], body['verified_domain']]).toEqual([201, true, 'diary.example']);
    const app = { ...body, tenant: 'northwind', redirect_uri: STATED.redirect_uris[0] } as RegisteredApp;
    const [, page] = await openAndLogIn(world, startAuthorization(world, app).url);
    expect(page.html).toContain('Diary Makers Inc.');
    expect(page.html).toContain('<strong>diary.example</strong>');
    expect(page.html).not.toContain('Not verified');
  });

  it('is repeated as it came by the answer, with what was registered (RFC 7591 section 3.2.1)', async () => {
    const software_statement = await sign(STATED);
    const { body } = await register({ software_statement });
    expect(body).toMatchObject({ ...STATED, software_statement });
    expect((await register({ redirect_uris: STATED.redirect_uris })).body).not.toHaveProperty(
      'software_statement',
    );
  });

  it('lets an app register where others need a token, and the trail says who vouched', async () => {
    await takeEvents(world);
    expect((await register({ software_statement: await sign(STATED) }, 'strict')).status).toBe(201);
    const events = await takeEvents(world);
    expect(events).toContainEqual(
      expect.objectContaining({ action: 'client-register', request: `software statement of ${ISSUER}` }),
    );
    expect((await register({ redirect_uris: STATED.redirect_uris }, 'strict')).status).toBe(401);
  });

  it('O98: decides alone what members see and where they are sent', async () => {
    const { body } = await register({
      software_statement: await sign(STATED),
      client_name: 'Other Name',
      publisher: 'Somebody Else',
      redirect_uris: ['https://evil.example/callback'],
      initiate_login_uri: 'https://evil.example/launch',
      contacts: ['evil@evil.example'],
      tos_uri: 'https://evil.example/terms',
    });
    expect(body).toMatchObject(STATED);
    expect(JSON.stringify(body)).not.toContain('evil');
  });

  it('is refused from a stranger, with another key, too late, for two domains, and without a publisher', async () => {
    const stranger = await generateKeyPair('ES256');
    const refused: [string, string][] = [
      [await sign(STATED, { issuer: 'https://stranger.example' }), 'unapproved_software_statement'],
      [await sign(STATED, { key: stranger.privateKey }), 'unapproved_software_statement'],
      [await sign(STATED, { expires: '-1m' }), 'unapproved_software_statement'],
      ['eyJhbGciOiJub25lIn0.e30.', 'unapproved_software_statement'],
      [await sign({ ...STATED, client_uri: 'https://other.example/' }), 'invalid_client_metadata'],
      [await sign({ ...STATED, publisher: undefined }), 'invalid_client_metadata'],
      [await sign({ ...STATED, client_name: 'Northwind Health Plan' }), 'invalid_client_metadata'],
    ];
    for (const [software_statement, error] of refused) {
      const { status, body } = await register({ software_statement });
      expect([status, body['error']]).toEqual([400, error]);
    }
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: ISSUER, ...STATED })).toString('base64url')}.`;
    expect((await register({ software_statement: unsigned })).status).toBe(400);
  });

  describe('whose issuer publishes its keys', () => {
    const STATEMENTS = 'https://published.example';
    let published: Awaited<ReturnType<typeof startKeyServer>>;
    const registerStated = async (kid: string, key = keys.privateKey) => {
      const software_statement = await sign(STATED, { issuer: STATEMENTS, kid, key });
      const { status, body } = await register({ software_statement });
      return [status, String(body['error_description'] ?? '')] as const;
    };
    beforeEach(async () => {
      published = await startKeyServer();
      published.keys = [{ ...(await exportJWK(keys.publicKey)), kid: 'one' }];
      const softwareStatements = [{ issuer: STATEMENTS, jwks_uri: published.url }];
      await configure(world, { softwareStatements, loopbackKeySets: true });
    });
    afterEach(() => published.stop());

    it('is taken with a key from there, which is fetched once', async () => {
      expect((await registerStated('one'))[0]).toBe(201);
      expect((await registerStated('one'))[0]).toBe(201);
      expect(published.requests).toHaveLength(1);
    });

    it('is taken at once with a key that has just been published, and strangers cannot make us ask again and again', async () => {
      published.keys = [];
      expect((await registerStated('one'))[0]).toBe(400);
      const { publicKey, privateKey } = await generateKeyPair('ES256');
      await configure(world, {
        softwareStatements: [{ issuer: STATEMENTS, jwks_uri: `${published.url}?next` }],
        loopbackKeySets: true,
      });
      published.keys = [{ ...(await exportJWK(keys.publicKey)), kid: 'one' }];
      const before = published.requests.length;
      await Promise.all([...Array(20).keys()].map((each) => registerStated(`strange-${each}`)));
      expect(published.requests).toHaveLength(before + 1);
      expect((await registerStated('one'))[0]).toBe(201);
      published.keys.push({ ...(await exportJWK(publicKey)), kid: 'two' });
      expect((await registerStated('two', privateKey))[1]).toContain('try again in a minute');
    });

    it('is refused without kid, and while the keys cannot be had', async () => {
      expect(await registerStated('')).toEqual([400, expect.stringContaining('has no kid')]);
      published.answer = (response) => response.writeHead(500).end();
      expect(await registerStated('one')).toEqual([400, expect.stringContaining('cannot be fetched')]);
    });

    it('is refused where the address is on this machine and the plan does not say so', async () => {
      const softwareStatements = [{ issuer: STATEMENTS, jwks_uri: published.url }];
      await configure(world, { softwareStatements, loopbackKeySets: false });
      expect((await registerStated('one'))[0]).toBe(400);
      expect(published.requests).toEqual([]);
    });

    it.each([
      [{ issuer: STATEMENTS }],
      [{ issuer: STATEMENTS, jwks_uri: 'http://trust.example/keys' }],
      [{ issuer: STATEMENTS, jwks_uri: 'https://10.0.0.1/keys' }],
    ])('has no such issuer: %j', async (issuer) => {
      await expect(configure(world, { softwareStatements: [issuer] })).rejects.toThrow('jwks');
    });
  });

  it('is nothing at a plan that trusts nobody', async () => {
    const { status, body } = await register({ software_statement: await sign(STATED) }, 'lakeside');
    expect([status, body['error']]).toEqual([400, 'unapproved_software_statement']);
  });
});
