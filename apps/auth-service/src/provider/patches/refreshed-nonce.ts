/**
 * Patch of `RefreshToken.find`: a refresh token knows no `nonce`, so the id_token of a refresh has none.
 *
 * Why: such an id_token should not have the `nonce` of the login (OpenID Connect Core section 12.2). A nonce belongs to
 * one authorization request. angular-auth-oidc-client refuses an id_token that repeats it.
 * Upstream would have to offer: a setting for the claims that an id_token takes from its refresh token.
 */
import type Provider from 'oidc-provider';
import type { RefreshToken } from 'oidc-provider';
import type { TokenFinder } from './token-finder.ts';

export function dropNonceAtRefresh(provider: Provider): void {
  const model = provider.RefreshToken as unknown as TokenFinder<RefreshToken>;
  const find = model.find.bind(model);
  model.find = async (...args) => {
    const token = await find(...args);
    if (token) delete token.nonce;
    return token;
  };
}
