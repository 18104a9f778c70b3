import { afterAll, describe, expect, it } from '@jest/globals';
import type { AccessToken } from 'oidc-provider';
import { acceptFhirTokensAtUserinfo } from '../../src/provider/patches/userinfo-audience.ts';
import { get, plantGrant, type Upstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of AccessToken.find for userinfo', () => {
  /** Calls userinfo with a token for the FHIR server. */
  async function userinfo(upstream: Upstream) {
    const { provider } = upstream;
    const token = new provider.AccessToken({
      client: (await provider.Client.find('app')) as AccessToken['client'],
      accountId: 'maria',
      grantId: await plantGrant(upstream, 'openid'),
      gty: 'authorization_code',
      scope: 'openid',
      aud: 'https://fhir.example',
    } as never);
    return get(`${upstream.url}/me`, { authorization: `Bearer ${await token.save()}` });
  }

  it('replaces a static method, which takes the token and options', async () => {
    const { provider } = await upstreams.start();
    expect(Object.hasOwn(provider.AccessToken, 'find')).toBe(true);
    expect(await provider.AccessToken.find('unknown', { ignoreExpiration: true })).toBeUndefined();
  });

  it('is needed: upstream refuses a token with an audience', async () => {
    const refused = await userinfo(await upstreams.start());
    expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
  });

  it('accepts a token for the FHIR server', async () => {
    const upstream = await upstreams.start();
    acceptFhirTokensAtUserinfo(upstream.provider);
    expect(await userinfo(upstream)).toMatchObject({ status: 200, body: { sub: 'maria' } });
  });
});
