import { afterAll, describe, expect, it } from '@jest/globals';
import Provider, { type TokenEndpointGrantContext } from 'oidc-provider';
import { ProviderWithGrantHooks } from '../../src/provider/patches/grant-hooks.ts';
import { plantRefreshToken, refreshAtUpstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the override of registerGrantType', () => {
  it('is called by the constructor of upstream, with a handler that takes the context', async () => {
    const registered = new Map<string, unknown>();
    class Recording extends Provider {
      override registerGrantType<Params extends object>(
        name: string,
        handler: (ctx: TokenEndpointGrantContext<Params>) => Promise<void> | void,
      ): void {
        registered.set(name, handler);
      }
    }
    await upstreams.start({}, Recording);
    expect(Provider.prototype.registerGrantType).toHaveLength(4);
    expect([...registered.keys()]).toEqual(expect.arrayContaining(['authorization_code', 'refresh_token']));
    expect(registered.get('refresh_token')).toHaveLength(1);
  });

  it('is needed: a later registration replaces the grant of upstream', async () => {
    const upstream = await upstreams.start();
    upstream.provider.registerGrantType('refresh_token', (ctx) => void (ctx.body = { replaced: true }));
    const token = await plantRefreshToken(upstream, 'openid');
    expect((await refreshAtUpstream(upstream, token)).body).toEqual({ replaced: true });
  });

  it('runs the hook when the client is authenticated, and the grant inside the hook', async () => {
    const upstream = await upstreams.start({}, ProviderWithGrantHooks);
    const seen: unknown[] = [];
    upstream.provider.grantHooks = {
      refresh_token: async (ctx, grant) => {
        seen.push(ctx.oidc.client?.clientId, ctx.body);
        await grant();
        seen.push(Object.keys(ctx.body as object).includes('access_token'));
      },
    };
    expect((await refreshAtUpstream(upstream, await plantRefreshToken(upstream, 'openid'))).status).toBe(200);
    expect(seen).toEqual(['app', undefined, true]);
  });
});
