/** What a token stands for, fixed when it is issued, and who may ask (RFC 7662; SMART, "Token Introspection"). */
import { GATEWAY_CLIENT_ID, type TokenClaims } from '@patient-access/smart';
import type { AccessToken, Client, ClientCredentials, KoaContextWithOIDC, RefreshToken } from 'oidc-provider';
import { tokenContext } from '../launch/token-context.ts';
import type { TenantContext } from '../tenant/tenant.ts';

/** The gateway asks about access tokens only: a refresh token shown to a FHIR server is as good as none. */
export function introspectionPolicy(
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: AccessToken | ClientCredentials | RefreshToken,
): boolean {
  if (client.clientId === GATEWAY_CLIENT_ID) return token.kind === 'AccessToken';
  return client.clientAuthMethod !== 'none' && client.clientId === token.clientId;
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
export type GrantClaims = Pick<TokenClaims, 'tenant' | 'grant_id' | 'client_name' | 'patient' | 'fhirUser'> &
  Partial<ReturnType<typeof tokenContext>>;

/** Member, person and tenant, copied from the grant into the token: introspection answers from the token alone. */
export function tokenClaims(tenant: TenantContext) {
  return async (_ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials): Promise<GrantClaims> => {
    const grantId = (token as AccessToken).grantId ?? '';
    const consent = await tenant.consents.find(grantId);
    return {
      tenant: tenant.id,
      grant_id: grantId,
      client_name: consent?.clientName,
      patient: consent?.member,
      fhirUser: consent?.fhirUser,
      ...(consent?.member !== undefined && tokenContext(tenant, token.client as Client, consent.launch)),
    };
  };
}
