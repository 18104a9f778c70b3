/** Adds SMART's members and the security headers to the responses of oidc-provider. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { notFoundAnswer } from './not-found.ts';
import { isPage } from './failures.ts';
import { AUTHORIZATION_PAGE_HEADERS, SECURITY_HEADERS } from './security-headers.ts';
import { CARRIES_LIMITS } from '../../domain/clients/metadata.ts';
import { part2ResponseNotice } from '../../domain/consent/part2.ts';
import { notGrantableMembers, notGrantedMembers } from '../tokens/scope-not-granted.ts';
import { RESPONSE_MEMBERS } from '../tokens/launch-context.ts';
import { registrationEndpoint, scopesSupported } from '../discovery/smart-configuration.ts';
import { ROUTES } from './paths.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { REGISTRATION_PATH } from '../../domain/urls.ts';

type Next = () => Promise<void>;
type Members = Record<string, unknown>;

/** The methods of each endpoint. A path that is not here does not exist. */
const METHODS: Readonly<Record<string, string>> = {
  [ROUTES.authorization]: 'GET, POST',
  [ROUTES.token]: 'POST',
  [ROUTES.introspection]: 'POST',
  [ROUTES.revocation]: 'POST',
  [ROUTES.pushed_authorization_request]: 'POST',
  [ROUTES.userinfo]: 'GET, POST',
  [ROUTES.jwks]: 'GET',
  [REGISTRATION_PATH]: 'POST',
  '/launch': 'POST',
  '/.well-known/openid-configuration': 'GET',
  '/.well-known/oauth-authorization-server': 'GET',
};

/** The registration of each client has an address of its own (RFC 7592), whether there is such a client or not. */
const OF_REGISTRATION = new RegExp(`^${REGISTRATION_PATH}/[^/]+$`);

const methodsAt = (path: string): string | undefined =>
  METHODS[path] ?? (OF_REGISTRATION.test(path) ? 'GET, PUT, DELETE' : undefined);

/** 405 for an endpoint (RFC 9110 section 15.5.6, in the form of RFC 6749 section 5.2); 404 for any other path. */
function refuseMethod(ctx: KoaContextWithOIDC, publicUrl: string): void {
  const methods = methodsAt(ctx.path);
  if (methods === undefined) {
    // The provider's paths begin below the issuer.
    const url = `/auth${ctx.path}`;
    const about = { id: ctx.get('x-request-id'), url, headers: ctx.headers };
    const { headers, body } = notFoundAnswer(about, publicUrl);
    ctx.body = body;
    ctx.status = 404;
    ctx.set(headers);
    return;
  }
  ctx.body = { error: 'invalid_request', error_description: `This endpoint takes ${methods}.` };
  ctx.status = 405;
  ctx.set({ Allow: methods, 'Cache-Control': 'no-store' });
}

/**
 * Adds the launch context to a token response (SMART, "Obtain access token"), and `access_grant_expiration` as in
 * Blue Button 2.0, which says when the member's consent ends (ISO 8601). After that a refresh fails and the member
 * has to agree again. Where records under 42 CFR Part 2 were released, `part2_notice` is the notice of § 2.32.
 * `scope_not_granted` says what the app asked for and did not get (ADR 66).
 */
function addGrantMembers(ctx: KoaContextWithOIDC, body: Members): void {
  const { AccessToken: token, Grant: grant } = ctx.oidc.entities;
  const extra = token?.extra ?? {};
  if (extra['patient'] !== undefined) {
    for (const name of RESPONSE_MEMBERS) if (extra[name] !== undefined) body[name] = extra[name];
  }
  if (extra['part2'] !== undefined)
    body['part2_notice'] = part2ResponseNotice(ctx.oidc.client?.[CARRIES_LIMITS] === true);
  if (grant?.exp) body['access_grant_expiration'] = new Date(grant.exp * 1000).toISOString();
  Object.assign(body, notGrantedMembers(ctx));
}

const RESPONSE_CHANGES: Record<string, (ctx: KoaContextWithOIDC, tenant: Tenant) => void> = {
  token(ctx) {
    ctx.set('Pragma', 'no-cache');
    if (ctx.status === 200) addGrantMembers(ctx, ctx.body as Members);
  },
  pushed_authorization_request(ctx) {
    if (ctx.status === 201) Object.assign(ctx.body as Members, notGrantableMembers(ctx));
  },
  discovery(ctx, tenant) {
    const members = ctx.body as Members;
    Object.assign(members, registrationEndpoint(tenant));
    members['response_modes_supported'] = ['query'];
    members['scopes_supported'] = scopesSupported(tenant.settings.types);
  },
  introspection(ctx) {
    ctx.set('Pragma', 'no-cache');
  },
  userinfo(ctx) {
    ctx.set('Pragma', 'no-cache');
  },
  revocation(ctx) {
    // Nobody needs a body (RFC 7009 section 2.2). But some clients ask for JSON, and what is empty is no JSON.
    if (ctx.status === 200) ctx.body = {};
  },
};

/** @param publicUrl scheme and host that clients see */
export function completeResponses(tenant: Tenant, publicUrl: string) {
  return async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    ctx.set(isPage(ctx) ? AUTHORIZATION_PAGE_HEADERS : SECURITY_HEADERS);
    await next();
    if (ctx.status === 404 && ctx.body === undefined) refuseMethod(ctx, publicUrl);
    const oidc = ctx.oidc as KoaContextWithOIDC['oidc'] | undefined;
    if (oidc) RESPONSE_CHANGES[oidc.route]?.(ctx, tenant);
  };
}
