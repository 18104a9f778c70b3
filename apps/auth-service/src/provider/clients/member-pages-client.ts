/**
 * The members' own pages (connected apps) as a built-in client. A member who is not logged in logs in as for any app,
 * in the way that the plan offers, and returns. There is no consent and no token, because the pages need only the
 * session.
 */
import { createHash, randomBytes } from 'node:crypto';
import { MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';
import type { ClientMetadata, Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { Tenant } from '../../domain/tenant/tenant.ts';

/** The page on which auditors log in: see `memberPath`. */
export const CONSOLE_PAGE = 'console';

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
 * The URL that logs a browser in. The browser returns with a code that is ignored. Nobody can redeem this code,
 * because its PKCE verifier is not kept.
 *
 * @param page the page to show after the login, as in `memberPath`
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
 * A grant that lets a login for these pages finish without a consent page. It is never stored, so no token can be
 * issued for it, whatever the request asks for.
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
