import { afterAll, describe, expect, it } from '@jest/globals';
import { refuseNativeRedirects } from '../../src/provider/patches/native-redirects.ts';
import { APP, authorize, REDIRECT_URI, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of Client.prototype.redirectUriAllowed', () => {
  const NATIVE = { redirect_uri: 'org.example.app:/callback' };
  const CONFIGURATION = {
    clients: [
      { ...APP, application_type: 'native' as const, redirect_uris: [REDIRECT_URI, NATIVE.redirect_uri] },
    ],
  };

  it('replaces a method of the prototype, which takes the URI', async () => {
    const { provider } = await upstreams.start();
    const { value } = Object.getOwnPropertyDescriptor(provider.Client.prototype, 'redirectUriAllowed') ?? {};
    expect(value).toHaveLength(1);
  });

  it('is needed: upstream allows every registered redirect URI', async () => {
    const upstream = await upstreams.start(CONFIGURATION);
    expect((await authorize(upstream, NATIVE)).status).toBe(303);
  });

  it('refuses redirects to native apps, and no others', async () => {
    const upstream = await upstreams.start(CONFIGURATION);
    refuseNativeRedirects(upstream.provider);
    const refused = await authorize(upstream, NATIVE);
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_redirect_uri' } });
    expect((await authorize(upstream)).status).toBe(303);
  });
});
