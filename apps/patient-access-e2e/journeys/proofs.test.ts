import { beforeAll, describe, expect, test } from '@jest/globals';
import { LaunchingMember, register, type Session } from '@patient-access/first-call';
import * as oidc from 'openid-client';
import { memberOf, world } from '../installation/world.ts';

const { northwind } = world();

/** An app with a key of its own, made with a certified client library that does not know this server. */
describe('an app that pushes its request and binds its tokens', () => {
  let config: oidc.Configuration;
  let dpop: oidc.DPoPHandle;
  let session: Session;
  beforeAll(async () => {
    config = await register(northwind.issuer);
    dpop = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    const { login, password } = memberOf(northwind, 'ordinary');
    const scope = 'openid fhirUser launch/patient offline_access patient/*.rs';
    const member = new LaunchingMember({ ...northwind, login, password, scope }, config);
    session = await member.launch({ dpop, pushed: true });
  });

  const url = (path = '') => new URL(`${northwind.fhirBase}/Patient/${session.patient}${path}`);
  const read = (token: string, handle = dpop, path = '') =>
    oidc.fetchProtectedResource(config, token, url(path), 'GET', null, undefined, { DPoP: handle });

  test('S22: reads with a proof for each request, also when it follows a link of a search', async () => {
    for (let time = 0; time < 3; time += 1) expect((await read(session.accessToken)).status).toBe(200);
    expect((await read(session.accessToken, dpop, '/_history')).status).toBe(200);
  });

  test('S22: has a token that is useless without its key', async () => {
    const headers = { authorization: `Bearer ${session.accessToken}` };
    const response = await fetch(url(), { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^DPoP .*error="invalid_token"/);
    const thief = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
    await expect(read(session.accessToken, thief)).rejects.toThrow();
    await expect(
      oidc.refreshTokenGrant(config, session.refreshToken ?? '', {}, { DPoP: thief }),
    ).rejects.toThrow();
    await expect(oidc.refreshTokenGrant(config, session.refreshToken ?? '')).rejects.toThrow();
  });

  test('S22: refreshes with its key, and can be revoked like any other app', async () => {
    const renewed = await oidc.refreshTokenGrant(config, session.refreshToken ?? '', {}, { DPoP: dpop });
    expect(renewed.token_type).toBe('dpop');
    expect((await read(renewed.access_token)).status).toBe(200);
    await oidc.tokenRevocation(config, renewed.refresh_token ?? '');
    await expect(read(renewed.access_token)).rejects.toThrow();
  });
});
