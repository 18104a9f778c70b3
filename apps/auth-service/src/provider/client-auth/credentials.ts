/** Who may act without a member, and whose keys may be on this machine. */
import { type ClientMetadata, errors } from 'oidc-provider';
import type { TenantContext } from '../../domain/tenant/tenant.ts';

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

/**
 * Runs for every client that is loaded: no backend service has a secret that could leak, even if somebody stored one
 * (checklist items 80, 113; security case O20). What may be registered is in `clients/metadata.ts`.
 */
export function checkCredentials(metadata: ClientMetadata): void {
  const { grant_types: grants, token_endpoint_auth_method: method } = metadata;
  const backend = Array.isArray(grants) && grants.includes(CLIENT_CREDENTIALS);
  if (backend && method !== 'private_key_jwt')
    throw new errors.InvalidClientMetadata(`${CLIENT_CREDENTIALS} needs private_key_jwt`);
}
