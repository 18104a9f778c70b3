import { afterAll, describe, expect, it } from '@jest/globals';
import internals from 'oidc-provider/lib/helpers/weak_cache.js';
import clientAuthentication, { getClientAuthParams } from 'oidc-provider/lib/shared/client_auth.js';
import errorHandler from 'oidc-provider/lib/shared/error_handler.js';
import { json } from 'oidc-provider/lib/shared/selective_body.js';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { addClientEndpoint } from '../../src/provider/patches/client-endpoint.ts';
import { Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the endpoint of private modules', () => {
  const CLIENTS = [
    {
      client_id: 'portal',
      client_secret: 'the secret of the portal',
      grant_types: [],
      redirect_uris: [],
      response_types: [],
    },
  ];

  it('consists of a router, three steps of client authentication, an error handler and a body parser', async () => {
    const { provider } = await upstreams.start();
    expect(internals(provider).router.post).toBeInstanceOf(Function);
    expect(clientAuthentication.map((step) => step.length)).toEqual([2, 2, 2]);
    expect(errorHandler('name')).toHaveLength(2);
    expect(json).toHaveLength(2);
    const ctx = { oidc: { provider } } as unknown as KoaContextWithOIDC;
    const names = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'];
    expect(getClientAuthParams(ctx)).toEqual(new Set(names));
  });

  it('is needed: middleware that an application adds runs before upstream knows the client', async () => {
    const { provider, url } = await upstreams.start({ clients: CLIENTS });
    provider.use((ctx) => void (ctx.body = { authenticated: 'oidc' in ctx }));
    const response = await fetch(`${url}/launch`, { method: 'POST' });
    expect(await response.json()).toEqual({ authenticated: false });
  });

  it('accepts JSON from an authenticated client, and answers others like the token endpoint', async () => {
    const { provider, url } = await upstreams.start({ clients: CLIENTS });
    addClientEndpoint(provider, 'launch', '/launch', async (ctx, body) => {
      ctx.body = { client: ctx.oidc.client?.clientId, body };
    });
    const send = async (body: string, headers: Record<string, string>) => {
      const response = await fetch(`${url}/launch`, { method: 'POST', body, headers });
      return [response.status, await response.json()];
    };
    const type = { 'content-type': 'application/json' };
    const basic = (secret: string) => ({
      authorization: `Basic ${Buffer.from(`portal:${encodeURIComponent(secret)}`).toString('base64')}`,
    });
    expect(await send('{"patient":"maria"}', { ...type, ...basic('the secret of the portal') })).toEqual([
      200,
      { client: 'portal', body: { patient: 'maria' } },
    ]);
    expect(await send('{}', { ...type, ...basic('another') })).toMatchObject([
      401,
      { error: 'invalid_client' },
    ]);
    expect(await send('{}', type)).toMatchObject([400, { error: 'invalid_request' }]);
    expect(await send('a=b', basic('the secret of the portal'))).toMatchObject([
      400,
      { error: 'invalid_request' },
    ]);
  });
});
