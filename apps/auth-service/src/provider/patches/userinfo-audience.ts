/**
 * Patch of `AccessToken.find`: at the userinfo endpoint a token has no audience.
 *
 * Why: access tokens are bound to the FHIR base URL, and oidc-provider refuses a token with an audience at userinfo.
 * SMART apps hold no other token, and SMART lets them read `fhirUser` there.
 * Upstream would have to offer: a setting for the audiences that userinfo accepts.
 */
import Provider from 'oidc-provider';
import type { TokenFinder } from './token-finder.ts';

export function acceptFhirTokensAtUserinfo(provider: Provider): void {
  const model = provider.AccessToken as unknown as TokenFinder<{ aud?: string }>;
  const find = model.find.bind(model);
  model.find = async (...args) => {
    const token = await find(...args);
    if (token && Provider.ctx?.oidc.route === 'userinfo') token.aud = undefined;
    return token;
  };
}
