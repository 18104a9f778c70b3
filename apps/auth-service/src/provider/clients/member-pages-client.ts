/**
 * The members' own pages (connected apps) as a built-in client: whoever is not logged in logs in as for any app, by
 * whatever way the plan offers, and comes back. Nothing is asked and nothing is given: the session is all they need.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ClientMetadata, Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../../domain/tenant/tenant.ts';

export const MEMBER_PAGES_CLIENT_ID = 'member-pages';

const SCOPE = 'openid';
const RANDOM_BYTES = 32;

const random = (): string => randomBytes(RANDOM_BYTES).toString('base64url');

export function memberPagesClient(tenant: Tenant): ClientMetadata {
  return {
    client_id: MEMBER_PAGES_CLIENT_ID,
    client_name: tenant.name,
    redirect_uris: [tenant.loggedIn],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    token_endpoint_auth_method: 'none',
    verified: true,
  };
}

/**
 * Where to send a browser that is not logged in. The code that it comes back with is not looked at, and nobody can
 * redeem it: its PKCE verifier is thrown away here.
 *
 * @param page that it wants to see, as in `memberPath`
 */
export function loginUrl(tenant: Tenant, page: string): string {
  const parameters = {
    response_type: 'code',
    client_id: MEMBER_PAGES_CLIENT_ID,
    redirect_uri: tenant.loggedIn,
    scope: SCOPE,
    aud: tenant.fhirBase,
    state: page,
    code_challenge: createHash('sha256').update(random()).digest('base64url'),
    code_challenge_method: 'S256',
  };
  return `${tenant.issuer}/authorize?${new URLSearchParams(parameters)}`;
}

/**
 * The grant that lets a login for these pages go through without consent. It is never stored: no token could come of
 * it, whatever scope was asked for and whoever made the request.
 */
export function grantWithoutConsent(ctx: KoaContextWithOIDC, tenant: Tenant): Grant {
  const { provider, params, session, client } = ctx.oidc;
  (params as Record<string, unknown>)['scope'] = SCOPE;
  const grant = new provider.Grant({ accountId: session?.accountId, clientId: client?.clientId });
  grant.jti = random();
  grant.addOIDCScope(SCOPE);
  grant.addResourceScope(tenant.fhirBase, SCOPE);
  return grant;
}
