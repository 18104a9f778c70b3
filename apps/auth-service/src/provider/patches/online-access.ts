/**
 * Patch of `RefreshToken.find`: a token with `online_access` is found only while its login session lasts.
 *
 * Why: SMART's `online_access` ends when the member logs out or the session expires (checklist item 79).
 * oidc-provider does not know this scope. Its own `expiresWithSession` also ends a token when the session gets
 * another grant for the same client, and here every consent makes a new grant.
 * Upstream would have to offer: a policy function that says whether the session of a token still lasts.
 */
import Provider, { type RefreshToken } from 'oidc-provider';
import type { TokenFinder } from './token-finder.ts';

/** Has the login session of an `online_access` token ended, or does it belong to somebody else by now? */
async function isSessionOver(
  provider: Provider,
  token: RefreshToken & { sessionUid?: string },
): Promise<boolean> {
  if (!token.scopes.has('online_access')) return false;
  const session = await provider.Session.findByUid(token.sessionUid ?? '');
  return session?.accountId !== token.accountId;
}

export function endOnlineAccessWithSession(provider: Provider): void {
  const model = provider.RefreshToken as unknown as TokenFinder<RefreshToken>;
  const find = model.find.bind(model);
  model.find = async (...args) => {
    const token = await find(...args);
    // An app gives up what it was granted, also after the login: the last access token ends then (RFC 7009 section 2.1).
    if (!token || Provider.ctx?.oidc.route === 'revocation') return token;
    return (await isSessionOver(provider, token)) ? undefined : token;
  };
}
