import { afterAll, describe, expect, it } from '@jest/globals';
import { alwaysAskConsent } from '../../src/provider/patches/always-ask-consent.ts';
import { authorize, Upstreams } from './upstream.ts';

const upstreams = new Upstreams();
afterAll(() => upstreams.stop());

describe('the patch of OIDCContext.prototype.prompts', () => {
  const OFFLINE = { scope: 'openid offline_access' };
  const promptsOf = (context: object, prompt?: string) =>
    Reflect.get(context, 'prompts', { params: { prompt, client_id: 'app' } }) as Set<string>;

  it('replaces a getter of the prototype, which reads the parameter `prompt`', async () => {
    const { provider } = await upstreams.start();
    const context = provider.OIDCContext.prototype;
    expect(Object.getOwnPropertyDescriptor(context, 'prompts')?.get).toBeInstanceOf(Function);
    expect(promptsOf(context)).toEqual(new Set());
    expect(promptsOf(context, 'login consent')).toEqual(new Set(['login', 'consent']));
  });

  it('is needed: upstream drops offline_access when the app does not send prompt=consent', async () => {
    const upstream = await upstreams.start();
    expect((await authorize(upstream, OFFLINE)).status).toBe(303);
    expect(upstream.stored('Interaction')).toMatchObject([{ params: { scope: 'openid' } }]);
  });

  it('keeps offline_access, and shows the consent page', async () => {
    const upstream = await upstreams.start();
    alwaysAskConsent(upstream.provider);
    expect((await authorize(upstream, OFFLINE)).status).toBe(303);
    expect(upstream.stored('Interaction')).toMatchObject([{ params: OFFLINE }]);
    expect(promptsOf(upstream.provider.OIDCContext.prototype)).toEqual(new Set(['consent']));
    expect(promptsOf(upstream.provider.OIDCContext.prototype, 'none')).toEqual(new Set(['none']));
  });
});
