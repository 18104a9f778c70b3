import { afterAll, describe, expect, it } from '@jest/globals';
import {
  findClientOfRefreshToken,
  markMissingClientId,
} from '../../src/provider/patches/client-from-refresh-token.ts';
import { rewriteParameters } from '../../src/provider/patches/request-parameters.ts';
import { plantRefreshToken, postToUpstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of Client.find for refresh requests without a client_id', () => {
  const withoutClient = (url: string, token: string) =>
    postToUpstream(`${url}/token`, { grant_type: 'refresh_token', refresh_token: token });

  it('replaces a static method, which takes the id', async () => {
    const { provider } = await upstreams.start();
    const { value } = Object.getOwnPropertyDescriptor(provider.Client, 'find') ?? {};
    expect(value).toHaveLength(1);
    expect(await provider.Client.find('nobody')).toBeUndefined();
    expect(await provider.Client.find('app')).toBeInstanceOf(provider.Client);
  });

  it('is needed: upstream refuses a request that names no client', async () => {
    const upstream = await upstreams.start();
    const token = await plantRefreshToken(upstream, 'openid');
    expect(await withoutClient(upstream.url, token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
  });

  it('finds the client of the refresh token', async () => {
    const upstream = await upstreams.start();
    rewriteParameters(upstream.provider, markMissingClientId);
    findClientOfRefreshToken(upstream.provider);
    const token = await plantRefreshToken(upstream, 'openid');
    expect((await withoutClient(upstream.url, token)).status).toBe(200);
    const unknown = await withoutClient(upstream.url, 'unknown');
    expect(unknown).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
