import { afterAll, describe, expect, it } from '@jest/globals';
import { endOnlineAccessWithSession } from '../../src/provider/patches/online-access.ts';
import { plantRefreshToken, refreshAtUpstream, type Upstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of RefreshToken.find for online_access', () => {
  /** Refreshes with a token that depends on this session. */
  const refreshIn = async (upstream: Upstream, sessionUid: string, scope = 'openid online_access') =>
    refreshAtUpstream(upstream, await plantRefreshToken(upstream, scope, { sessionUid }));

  async function logIn({ provider }: Upstream, accountId: string): Promise<string> {
    const session = Object.assign(new provider.Session(), { accountId }) as unknown as {
      uid: string;
      save(seconds: number): Promise<string>;
    };
    await session.save(60);
    return session.uid;
  }

  it('replaces a static method, which takes the token and options', async () => {
    const { provider } = await upstreams.start();
    expect(Object.hasOwn(provider.RefreshToken, 'find')).toBe(true);
    expect(await provider.RefreshToken.find('unknown', { ignoreExpiration: true })).toBeUndefined();
  });

  it('is needed: upstream refreshes a token whose session has ended', async () => {
    expect((await refreshIn(await upstreams.start(), 'over')).status).toBe(200);
  });

  it('ends such a token when its session ends', async () => {
    const upstream = await upstreams.start();
    endOnlineAccessWithSession(upstream.provider);
    const over = await refreshIn(upstream, 'over');
    expect(over).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await refreshIn(upstream, await logIn(upstream, 'robert'))).status).toBe(400);
    expect((await refreshIn(upstream, await logIn(upstream, 'maria'))).status).toBe(200);
    expect((await refreshIn(upstream, 'over', 'openid offline_access')).status).toBe(200);
  });
});
