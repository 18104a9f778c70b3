import { afterAll, describe, expect, it } from '@jest/globals';
import { linkFromIssuer } from '../../src/provider/patches/links-from-issuer.ts';
import { get, ISSUER, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of OIDCContext.prototype.urlFor', () => {
  const DISCOVERY = '/.well-known/openid-configuration';

  it('replaces a method of the prototype, which takes a name and options', async () => {
    const { provider } = await upstreams.start();
    const { value } = Object.getOwnPropertyDescriptor(provider.OIDCContext.prototype, 'urlFor') ?? {};
    expect(value).toHaveLength(2);
    expect(provider.urlFor('token')).toBe(`${ISSUER}/token`);
  });

  it('is needed: upstream makes links from the Host header', async () => {
    const { url } = await upstreams.start();
    expect((await get(`${url}${DISCOVERY}`)).body['token_endpoint']).toBe(`${url}/token`);
  });

  it('makes links from the issuer', async () => {
    const { provider, url } = await upstreams.start();
    linkFromIssuer(provider);
    expect((await get(`${url}${DISCOVERY}`)).body['token_endpoint']).toBe(`${ISSUER}/token`);
  });
});
