/** Refreshing: with less than was granted (SMART checklist item 76), and only while the member is there (79). */
import type { Client, KoaContextWithOIDC } from 'oidc-provider';

/** A refresh token comes with either scope; which of them a client may have was decided when it was accepted. */
export function issueRefreshToken(
  _ctx: KoaContextWithOIDC,
  _client: Client,
  { scopes }: { scopes: Set<string> },
): boolean {
  return scopes.has('offline_access') || scopes.has('online_access');
}

/** Adds the requested scopes to the grant, for this request: they are part of it (patches/narrower-refresh-scope.ts). */
export function addRequestedScopeToGrant({ oidc }: KoaContextWithOIDC, resource: string): void {
  const { Grant: grant, RefreshToken: token } = oidc.entities;
  const asked = oidc.params?.['scope'];
  if (grant && token && oidc.route === 'token' && typeof asked === 'string')
    grant.addResourceScope(resource, asked);
}
