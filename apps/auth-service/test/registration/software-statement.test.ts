/** An app that somebody vouches for whom the plan trusts is verified without anybody’s hands (RFC 7591 section 2.3). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { openAndLogIn, post, type RegisteredApp, startAuthorization } from '../app.ts';
import { configure } from '../configure.ts';
import { takeEvents } from '../events.ts';
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
  }, 60_000);
  afterAll(() => world?.stop());

  const sign = (claims: JWTPayload, { issuer = ISSUER, key = keys.privateKey, expires = '1h' } = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
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

  it('is nothing at a plan that trusts nobody', async () => {
    const { status, body } = await register({ software_statement: await sign(STATED) }, 'lakeside');
    expect([status, body['error']]).toEqual([400, 'unapproved_software_statement']);
  });
});
