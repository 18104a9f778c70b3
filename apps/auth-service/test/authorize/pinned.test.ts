import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import internals from 'oidc-provider/lib/helpers/weak_cache.js';
import type { CookieSignatures } from '../../src/provider/endpoints/cookie-signatures.ts';
import { startWorld, type World } from '../world.ts';

interface Settings {
  configuration: Record<string, unknown> & {
    features: Record<string, { enabled?: boolean } & Record<string, unknown>>;
    cookies: { keys: CookieSignatures };
    ttl: Record<string, unknown>;
    pkce: { required(ctx: unknown, client: unknown): boolean };
    clockTolerance: number;
  };
}

/** Security rule D19: these settings of oidc-provider stay the same, whatever the defaults of a new version are. */
describe('oidc-provider', () => {
  let world: World;
  let settings: Settings['configuration'];
  beforeAll(async () => {
    world = await startWorld();
    const { provider } = await world.server();
    settings = (internals(provider) as unknown as Settings).configuration;
  }, 60_000);
  afterAll(() => world?.stop());

  it('D19: has these features and no others', () => {
    const enabled = Object.keys(settings.features).filter((name) => settings.features[name]?.enabled);
    expect(enabled.sort()).toEqual([
      'clientCredentials',
      'dPoP',
      'introspection',
      'jwtIntrospection',
      'pushedAuthorizationRequests',
      'resourceIndicators',
      'revocation',
      'userinfo',
    ]);
    expect(settings.features['dPoP']).toMatchObject({ allowReplay: false });
    expect(settings.features['pushedAuthorizationRequests']).not.toMatchObject({
      allowUnregisteredRedirectUris: true,
    });
  });

  it('D19: requires PKCE and an explicit redirect URI', () => {
    expect(settings.pkce.required({}, {})).toBe(true);
    expect(settings['allowOmittingSingleRegisteredRedirectUri']).toBe(false);
    expect(settings['responseTypes']).toEqual(['code']);
  });

  it('D19: accepts tokens in the header only, and rotates every refresh token', () => {
    expect(settings['acceptQueryParamAccessTokens']).toBe(false);
    expect(settings['rotateRefreshToken']).toBe(true);
  });

  it('D19: signs its cookies with the tenant’s own keys, and tolerates clocks that differ by five seconds', async () => {
    const { keys } = settings.cookies;
    const { provider } = await world.server('lakeside');
    const others = (internals(provider) as unknown as Settings).configuration.cookies.keys;
    const signature = keys.sign('northwind-session=x');
    expect(keys.verify('northwind-session=x', signature)).toBe(true);
    expect(others.verify('northwind-session=x', signature)).toBe(false);
    expect(settings.clockTolerance).toBeLessThanOrEqual(5);
  });

  it('D19: makes requests through egress only, and has no developer pages', () => {
    expect(String(settings['fetch'])).toContain('egress');
    expect(settings.features['devInteractions']?.enabled).toBe(false);
    expect(settings.features['registration']?.enabled).toBe(false);
  });
});
