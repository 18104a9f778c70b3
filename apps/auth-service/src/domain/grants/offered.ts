/** What of the data that this API serves a plan offers at all. */
import { GATEWAY_CLIENT_ID } from '@patient-access/smart';
import type { introspectionPolicy } from '../../provider/introspection/policy.ts';
import type { TenantContext } from '../tenant/tenant.ts';

type Policy = (...of: Parameters<typeof introspectionPolicy>) => boolean | Promise<boolean>;

/** As a member of what is said about a token; nothing where the plan offers all that there is. */
export const offeredTypes = ({ settings: { types } }: TenantContext): { types?: readonly string[] } =>
  types ? { types } : {};

/**
 * Whoever serves data learns with each statement about a token which types the plan offers: of what a plan takes away,
 * tokens that are under way open nothing any more.
 */
export function withOfferedTypes(tenant: TenantContext, policy: Policy): Policy {
  return async (ctx, client, token) => {
    const allowed = await policy(ctx, client, token);
    // A refresh token has no such members, and is never shown to the gateway.
    if (allowed && client.clientId === GATEWAY_CLIENT_ID && token.kind !== 'RefreshToken')
      token.extra = { ...token.extra, ...offeredTypes(tenant) };
    return allowed;
  };
}
