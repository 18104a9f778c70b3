/**
 * The claims of a token, fixed when it is issued, and who may introspect it (RFC 7662; SMART, "Token Introspection").
 */
import { GATEWAY_CLIENT_ID, type TokenClaims } from '@patient-access/smart';
import type { AccessToken, Client, ClientCredentials, KoaContextWithOIDC, RefreshToken } from 'oidc-provider';
import { tokenContext } from '../tokens/launch-context.ts';
import type { Consents } from '../../domain/consent/consents.ts';
import { appDisplayName } from '../../domain/apps/app-name.ts';
import { BEARER_INTROSPECTION_CLIENT_ID } from './bearer-callers.ts';
import { stateOfRequest } from '../request-state.ts';
import { subjectOfGrant } from '../redemption/redemption.ts';
import { offeredTypes } from '../../domain/grants/offered-types.ts';
import { part2Claim } from '../../domain/consent/part2.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';

/**
 * Callers that may introspect the tokens of all clients: the gateway, and holders of a token with the scope for it.
 */
const ALL_TOKENS = new Set([GATEWAY_CLIENT_ID, BEARER_INTROSPECTION_CLIENT_ID]);

/**
 * Other clients may introspect their own tokens. Callers for all clients are resource servers, to which a refresh
 * token is reported as not active.
 */
export async function introspectionPolicy(
  ctx: KoaContextWithOIDC,
  client: Client,
  token: AccessToken | ClientCredentials | RefreshToken,
): Promise<boolean> {
  // The client is banned or deleted, so none of its tokens is active.
  if (!(await ctx.oidc.provider.Client.find(token.clientId ?? ''))) return false;
  if (ALL_TOKENS.has(client.clientId)) return token.kind !== 'RefreshToken';
  return client.clientAuthMethod !== 'none' && client.clientId === token.clientId;
}

type Policy = (...of: Parameters<typeof introspectionPolicy>) => boolean | Promise<boolean>;

/**
 * Adds the types that the plan offers to each answer for the gateway. So when the plan stops offering a type, tokens
 * that were issued before no longer open it.
 */
export function withOfferedTypes(tenant: Tenant, policy: Policy): Policy {
  return async (ctx, client, token) => {
    const allowed = await policy(ctx, client, token);
    // A refresh token has no such members, and is never reported to the gateway.
    if (allowed && client.clientId === GATEWAY_CLIENT_ID && token.kind !== 'RefreshToken')
      token.extra = { ...token.extra, ...offeredTypes(tenant) };
    return allowed;
  };
}

/** A client may revoke its own tokens. It does not learn whether others exist (RFC 7009 section 2.1). */
export function revocationPolicy(
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: AccessToken | ClientCredentials | RefreshToken,
): boolean {
  return client.clientId === token.clientId;
}

/** The claims that an access token takes from its grant. */
export type GrantClaims = Pick<
  TokenClaims,
  'tenant' | 'grant_id' | 'client_name' | 'patient' | 'fhirUser' | 'sensitive' | 'part2'
> &
  Partial<ReturnType<typeof tokenContext>> &
  Partial<Pick<TokenClaims, 'sub'>>;

/**
 * A backend service is its own subject (RFC 9068 section 2.2). Its registration by the plan takes the place of a
 * grant, and ending the grant with its client id ends its tokens.
 */
function backendClaims(tenant: Tenant, { clientId, clientName }: Client): GrantClaims {
  return { tenant: tenant.id, sub: clientId, grant_id: clientId, client_name: appDisplayName(clientName) };
}

/** Copies member, person and tenant from the grant into the token, so introspection needs only the token. */
export function tokenClaims(tenant: Tenant, consents: Consents) {
  return async (
    ctx: KoaContextWithOIDC | undefined,
    token: AccessToken | ClientCredentials,
  ): Promise<GrantClaims> => {
    if (token.kind === 'ClientCredentials') return backendClaims(tenant, ctx?.oidc.client as Client);
    const grantId = (token as AccessToken).grantId ?? '';
    const consent = await subjectOfGrant(consents, grantId);
    // A token can be made without a request.
    if (ctx) stateOfRequest(ctx).asked = consent?.asked;
    return {
      tenant: tenant.id,
      grant_id: grantId,
      client_name: consent?.clientName,
      patient: consent?.member,
      fhirUser: consent?.fhirUser,
      ...(consent?.member !== undefined &&
        tokenContext(tenant, token.client as Client, consent.launch, token.scope)),
      ...(consent?.sensitive.length && {
        sensitive: consent.sensitive,
        ...part2Claim(tenant.settings, consent),
      }),
    };
  };
}
