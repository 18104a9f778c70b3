/** What a client may register about its keys, and who may act without a member. */
import { type ClientMetadata, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { reachOf } from '../egress/addresses.ts';
import type { TenantContext } from '../tenant/tenant.ts';

/**
 * Member of a client's record: the `system/` scopes that the plan pre-authorized it for, separated by spaces
 * (SMART App Launch, "Backend Services").
 */
export const SYSTEM_SCOPE = 'system_scope';

export const CLIENT_CREDENTIALS = 'client_credentials';

/** A developer's key set on the same machine: only where a preview tenant says so. */
export function mayReachLoopback({ kind, settings }: Pick<TenantContext, 'kind' | 'settings'>): boolean {
  return kind === 'preview' && settings.loopbackKeySets;
}

const invalid = (message: string) => new errors.InvalidClientMetadata(message);

/** A literal address that can never be asked is told at once; what a name resolves to is checked when it is asked. */
function checkJwksUri(uri: unknown, loopback: boolean): void {
  const url = typeof uri === 'string' ? URL.parse(uri) : null;
  if (!url) throw invalid('jwks_uri must be an absolute URL');
  if (url.username || url.password || url.hash)
    throw invalid('jwks_uri must have no credentials or fragment');
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const local = url.hostname === 'localhost' || reachOf(literal) === 'loopback';
  const address = /^[\d.]+$|:/.test(literal);
  const secure = url.protocol === 'https:' && (!address || reachOf(literal) === 'public');
  if (local ? !loopback : !secure) throw invalid('jwks_uri must be a public https address');
}

/**
 * Runs for every client that is registered (`ctx`) or loaded (no `ctx`): nobody makes a backend service of himself, and
 * none has a secret that could leak (checklist items 80, 113; security case O20).
 */
export function checkCredentials(
  tenant: Pick<TenantContext, 'kind' | 'settings'>,
  ctx: KoaContextWithOIDC | undefined,
  metadata: ClientMetadata,
): void {
  const { grant_types: grants, token_endpoint_auth_method: method, jwks_uri: jwksUri } = metadata;
  const backend = Array.isArray(grants) && grants.includes(CLIENT_CREDENTIALS);
  if (backend && method !== 'private_key_jwt')
    throw invalid(`${CLIENT_CREDENTIALS} needs token_endpoint_auth_method private_key_jwt`);
  if (!ctx) return;
  if (backend) throw invalid(`${CLIENT_CREDENTIALS} is given by the plan, not by registration`);
  delete metadata[SYSTEM_SCOPE];
  if (jwksUri !== undefined) checkJwksUri(jwksUri, mayReachLoopback(tenant));
}
