/**
 * Introspection by callers that authenticate with a bearer token instead of client credentials (SMART App Launch 2.2,
 * "Token Introspection"). Such callers may introspect the tokens of any client.
 */
import { randomBytes } from 'node:crypto';
import type Provider from 'oidc-provider';
import type { ClientMetadata, KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../../domain/keys/secrets.ts';
import { attemptOf } from '@patient-access/platform';
import { splitScope } from '@patient-access/smart';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { callerOfToken } from '../audit/known-callers.ts';
import type { RefusalWords } from '../refusals/refusal.ts';
import { stateOfRequest } from '../request-state.ts';
import { findTokenHolder } from '../tokens/bearer-token.ts';

/**
 * The scope that allows this. Its name follows SMART's rule for extensions ("Scopes and Launch Context"). No member
 * can grant it, and no app gets it at the authorization endpoint. A plan pre-authorizes backend clients for it.
 */
export const INTROSPECT_SCOPE = '__introspect';

/** oidc-provider sees such callers as this client. Only this process knows its secret. */
export const BEARER_INTROSPECTION_CLIENT_ID = 'bearer-introspection';

/** @param secret chosen by this process */
export function bearerIntrospectionClient(secret: string): ClientMetadata {
  return {
    client_id: BEARER_INTROSPECTION_CLIENT_ID,
    client_secret: digest(secret),
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    token_endpoint_auth_method: 'client_secret_basic',
  };
}

export const newBearerIntrospectionSecret = (): string => randomBytes(32).toString('base64url');

const NOT_ALLOWED: RefusalWords = {
  code: 'introspection-not-allowed',
  says: `This token does not allow introspection. Authenticate as the client whose token it is, or ask the plan for the scope ${INTROSPECT_SCOPE}.`,
};

const NOT_TAKEN: RefusalWords = {
  code: 'token-invalid',
  says: 'The access token of the caller is expired, revoked, of another plan, or bound to a key. One that is bound to a key is not taken here.',
};

function refuse(ctx: KoaContextWithOIDC, status: 401 | 403, error: string, realm: string): void {
  const scope = status === 403 ? `, scope="${INTROSPECT_SCOPE}"` : '';
  stateOfRequest(ctx).refusalWords = status === 403 ? NOT_ALLOWED : NOT_TAKEN;
  ctx.status = status;
  ctx.set('WWW-Authenticate', `Bearer realm="${realm}", error="${error}"${scope}`);
  ctx.body = { error };
}

/**
 * Middleware that replaces the bearer token of such a caller by the credentials of the built-in client.
 *
 * @param path of the introspection endpoint, below the issuer
 */
export function acceptBearerCallers(provider: Provider, tenant: Tenant, path: string, secret: string) {
  const basic = Buffer.from(`${BEARER_INTROSPECTION_CLIENT_ID}:${secret}`).toString('base64');
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    const authorization = ctx.get('authorization');
    if (ctx.path !== path || ctx.method !== 'POST' || !/^Bearer\b/i.test(authorization)) return next();
    const bearer = await findTokenHolder(provider, authorization);
    if (!bearer) return refuse(ctx, 401, 'invalid_token', provider.issuer);
    attemptOf({ raw: ctx.req }).known = { tenant: tenant.id, caller: callerOfToken(tenant, bearer) };
    if (!splitScope(bearer.token.scope).includes(INTROSPECT_SCOPE))
      return refuse(ctx, 403, 'insufficient_scope', provider.issuer);
    stateOfRequest(ctx).introspects = bearer.client;
    ctx.req.headers.authorization = `Basic ${basic}`;
    // A signed response would have the built-in client as its audience and not the caller.
    ctx.req.headers.accept = 'application/json';
    return next();
  };
}
