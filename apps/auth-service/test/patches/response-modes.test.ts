import { afterAll, describe, expect, it } from '@jest/globals';
import Provider from 'oidc-provider';
import { ProviderWithoutFormPost } from '../../src/provider/patches/response-modes.ts';
import { authorize, type Upstream, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the override of registerResponseMode', () => {
  /** @returns the error with which an authorization request with this response mode is answered, if any */
  async function refusalOf(upstream: Upstream, response_mode: string) {
    const { location } = await authorize(upstream, { response_mode });
    return new URL(location ?? '', upstream.url).searchParams.get('error');
  }

  it('is called by the constructor of upstream, for form_post too', async () => {
    expect(Provider.prototype.registerResponseMode).toHaveLength(2);
    const registered: string[] = [];
    class Recording extends Provider {
      override registerResponseMode(...[name]: Parameters<Provider['registerResponseMode']>): void {
        registered.push(name);
      }
    }
    await upstreams.start({}, Recording);
    expect(registered).toEqual(['query', 'fragment', 'form_post']);
  });

  it('is needed: upstream accepts form_post', async () => {
    expect(await refusalOf(await upstreams.start(), 'form_post')).toBeNull();
  });

  it('keeps query and fragment', async () => {
    const upstream = await upstreams.start({}, ProviderWithoutFormPost);
    expect(await refusalOf(upstream, 'query')).toBeNull();
    expect(await refusalOf(upstream, 'fragment')).toBeNull();
    expect(await refusalOf(upstream, 'form_post')).toBe('unsupported_response_mode');
  });
});
