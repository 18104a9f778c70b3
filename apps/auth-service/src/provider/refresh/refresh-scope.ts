/**
 * Decides which clients get refresh tokens, and handles a refresh for fewer scopes than were granted (SMART checklist
 * items 76 and 79).
 */
import type { Client, KoaContextWithOIDC } from 'oidc-provider';

/**
 * Either scope leads to a refresh token. Which of the two a client may have was decided when the scope was accepted.
 */
export function issueRefreshToken(
  _ctx: KoaContextWithOIDC,
  _client: Client,
  { scopes }: { scopes: Set<string> },
): boolean {
  return scopes.has('offline_access') || scopes.has('online_access');
}

/**
 * Adds the requested scopes to the grant, for this request. They lie within the grant
 * (patches/narrower-refresh-scope.ts).
 */
export function addRequestedScopeToGrant({ oidc }: KoaContextWithOIDC, resource: string): void {
  const { Grant: grant, RefreshToken: token } = oidc.entities;
  const asked = oidc.params?.['scope'];
  if (grant && token && oidc.route === 'token' && typeof asked === 'string')
    grant.addResourceScope(resource, asked);
}
