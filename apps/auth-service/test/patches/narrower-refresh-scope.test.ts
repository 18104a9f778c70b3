import { afterAll, describe, expect, it } from '@jest/globals';
import { acceptNarrowerScopes } from '../../src/provider/patches/narrower-refresh-scope.ts';
import { plantRefreshToken, refreshAtUpstream, type Upstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of RefreshToken.find for narrower scopes', () => {
  const GRANTED = 'openid patient/*.read';
  const refreshWith = async (upstream: Upstream, scope: string) =>
    refreshAtUpstream(upstream, await plantRefreshToken(upstream, GRANTED), { scope });

  it('replaces the value of a getter of the token, which upstream reads at the token endpoint', async () => {
    const upstream = await upstreams.start();
    const token = await upstream.provider.RefreshToken.find(await plantRefreshToken(upstream, GRANTED));
    expect(token && Object.hasOwn(token, 'scopes')).toBe(false);
    expect(token?.scopes).toEqual(new Set(GRANTED.split(' ')));
  });

  it('is needed: upstream compares scopes as text', async () => {
    const refused = await refreshWith(await upstreams.start(), 'patient/Observation.r');
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });

  it('accepts a scope that lies within a granted scope, and no other', async () => {
    const upstream = await upstreams.start();
    acceptNarrowerScopes(upstream.provider);
    expect((await refreshWith(upstream, 'patient/Observation.r')).status).toBe(200);
    const wider = await refreshWith(upstream, 'user/Observation.r');
    expect(wider).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });

  it('rotates to a token with the granted scope', async () => {
    const upstream = await upstreams.start({ rotateRefreshToken: true });
    acceptNarrowerScopes(upstream.provider);
    await refreshWith(upstream, 'patient/Observation.r');
    expect(upstream.stored('RefreshToken').map(({ scope }) => scope)).toEqual([GRANTED, GRANTED]);
  });
});
