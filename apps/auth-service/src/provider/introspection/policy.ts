/** What a token stands for, fixed when it is issued, and who may ask (RFC 7662; SMART, "Token Introspection"). */
import { GATEWAY_CLIENT_ID, type TokenClaims } from '@patient-access/smart';
import type { AccessToken, Client, ClientCredentials, KoaContextWithOIDC, RefreshToken } from 'oidc-provider';
import { tokenContext } from '../tokens/launch-context.ts';
import type { Consents } from '../../domain/consent/consents.ts';
import { appDisplayName } from '../../domain/apps/app-name.ts';
import { BEARER_INTROSPECTION_CLIENT_ID } from './bearer-callers.ts';
import { prefetchedSubject } from '../refresh/rotation.ts';
import { offeredTypes } from '../../domain/grants/offered-types.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

/** Who may ask about the tokens of all clients: the gateway, and whoever holds a token for it. */
const ALL_TOKENS = new Set([GATEWAY_CLIENT_ID, BEARER_INTROSPECTION_CLIENT_ID]);

/**
 * The others ask about their own. Resource servers ask about access tokens only: a refresh token shown to one is as
 * good as none.
 */
export async function introspectionPolicy(
  ctx: KoaContextWithOIDC,
  client: Client,
  token: AccessToken | ClientCredentials | RefreshToken,
): Promise<boolean> {
  // Banned or deleted: nothing that it still holds is good.
  if (!(await ctx.oidc.provider.Client.find(token.clientId ?? ''))) return false;
  if (ALL_TOKENS.has(client.clientId)) return token.kind !== 'RefreshToken';
  return client.clientAuthMethod !== 'none' && client.clientId === token.clientId;
}

type Policy = (...of: Parameters<typeof introspectionPolicy>) => boolean | Promise<boolean>;

/**
 * Says in each answer to the gateway which types the plan offers. So a token that was issued before the plan took a
 * type away opens nothing of that type.
 */
export function withOfferedTypes(tenant: Tenant, policy: Policy): Policy {
  return async (ctx, client, token) => {
    const allowed = await policy(ctx, client, token);
    // A refresh token has no such members, and is never shown to the gateway.
    if (allowed && client.clientId === GATEWAY_CLIENT_ID && token.kind !== 'RefreshToken')
      token.extra = { ...token.extra, ...offeredTypes(tenant) };
    return allowed;
  };
}

/** A client may revoke its own tokens; of others it does not learn whether they exist (RFC 7009 section 2.1). */
export function revocationPolicy(
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: AccessToken | ClientCredentials | RefreshToken,
): boolean {
  return client.clientId === token.clientId;
}

/** What an access token carries of its grant. */
export type GrantClaims = Pick<
  TokenClaims,
  'tenant' | 'grant_id' | 'client_name' | 'patient' | 'fhirUser' | 'sensitive'
> &
  Partial<ReturnType<typeof tokenContext>> &
  Partial<Pick<TokenClaims, 'sub'>>;

/**
 * A backend service is its own subject (RFC 9068 section 2.2), and the plan's registration of it is its grant: whoever
 * ends the grant of that id ends its tokens.
 */
function backendClaims(tenant: Tenant, { clientId, clientName }: Client): GrantClaims {
  return { tenant: tenant.id, sub: clientId, grant_id: clientId, client_name: appDisplayName(clientName) };
}

/** Member, person and tenant, copied from the grant into the token: introspection answers from the token alone. */
export function tokenClaims(tenant: Tenant, consents: Consents) {
  return async (ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials): Promise<GrantClaims> => {
    if (token.kind === 'ClientCredentials') return backendClaims(tenant, ctx.oidc.client as Client);
    const grantId = (token as AccessToken).grantId ?? '';
    const consent = prefetchedSubject(grantId) ?? (await consents.find(grantId));
    return {
      tenant: tenant.id,
      grant_id: grantId,
      client_name: consent?.clientName,
      patient: consent?.member,
      fhirUser: consent?.fhirUser,
      ...(consent?.member !== undefined && tokenContext(tenant, token.client as Client, consent.launch)),
      ...(consent?.sensitive.length && { sensitive: consent.sensitive }),
    };
  };
}
