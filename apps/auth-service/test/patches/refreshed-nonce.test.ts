import { afterAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { dropNonceAtRefresh } from '../../src/provider/patches/refreshed-nonce.ts';
import { plantRefreshToken, refreshAtUpstream, type Upstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of RefreshToken.find for the nonce', () => {
  const plant = (upstream: Upstream) => plantRefreshToken(upstream, 'openid', { nonce: 'of-the-login' });
  async function claimsOfRefresh(upstream: Upstream) {
    const { status, body } = await refreshAtUpstream(upstream, await plant(upstream));
    expect(status).toBe(200);
    return decodeJwt(body['id_token'] as string);
  }

  it('replaces a static method, whose token has the nonce', async () => {
    const upstream = await upstreams.start();
    expect(Object.hasOwn(upstream.provider.RefreshToken, 'find')).toBe(true);
    const token = await upstream.provider.RefreshToken.find(await plant(upstream));
    expect(token).toHaveProperty('nonce', 'of-the-login');
  });

  it('is needed: upstream repeats the nonce', async () => {
    expect(await claimsOfRefresh(await upstreams.start())).toHaveProperty('nonce', 'of-the-login');
  });

  it('leaves the nonce out, and nothing else', async () => {
    const upstream = await upstreams.start();
    dropNonceAtRefresh(upstream.provider);
    const claims = await claimsOfRefresh(upstream);
    expect(claims).not.toHaveProperty('nonce');
    expect(claims).toMatchObject({ sub: 'maria', aud: expect.anything(), iat: expect.any(Number) });
  });
});
