import { afterAll, describe, expect, it } from '@jest/globals';
import { rewriteParameters } from '../../src/provider/patches/request-parameters.ts';
import { postToUpstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of OIDCContext.prototype.params', () => {
  const REQUEST = { grant_type: 'refresh_token', refresh_token: 'unknown', client_id: 'an alias of the app' };

  it('can add a property to the prototype, because upstream defines it on each context only', async () => {
    const { provider, url } = await upstreams.start();
    expect('params' in provider.OIDCContext.prototype).toBe(false);
    const own: boolean[] = [];
    provider.on('grant.error', (ctx) => own.push(Object.hasOwn(ctx.oidc, 'params')));
    await postToUpstream(`${url}/token`, REQUEST);
    expect(own).toEqual([true]);
  });

  it('is needed: upstream looks up the client before parameters can be rewritten', async () => {
    const { url } = await upstreams.start();
    expect(await postToUpstream(`${url}/token`, REQUEST)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });

  it('lets parameters be rewritten before the client is looked up, once for each request', async () => {
    const { provider, url } = await upstreams.start();
    const routes: string[] = [];
    rewriteParameters(provider, ({ route, ctx }, parameters) => {
      routes.push(`${ctx.method} ${route}`);
      parameters['client_id'] = 'app';
    });
    expect(await postToUpstream(`${url}/token`, REQUEST)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect(routes).toEqual(['POST token']);
  });
});
