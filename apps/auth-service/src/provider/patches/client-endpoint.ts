/**
 * Imports four private modules: adds an endpoint of ours to the router of oidc-provider, which is built like its
 * revocation endpoint.
 *
 * Why: a portal that opens a launch authenticates as a client. Every way to authenticate at the token endpoint has to
 * work there too, with the same checks and the same errors (ADR 12).
 * Upstream would have to offer: client authentication as middleware for endpoints that a deployment adds.
 */
import type Provider from 'oidc-provider';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import internals from 'oidc-provider/lib/helpers/weak_cache.js';
import clientAuthentication, { getClientAuthParams } from 'oidc-provider/lib/shared/client_auth.js';
import errorHandler from 'oidc-provider/lib/shared/error_handler.js';
import { json } from 'oidc-provider/lib/shared/selective_body.js';

type Next = () => Promise<void>;

/** A JSON object whose members are not checked yet. */
export type JsonBody = Record<string, unknown>;

/** Moves credentials from the body to the parameters. They have the same names as in a form. */
function takeCredentials(ctx: KoaContextWithOIDC, next: Next): Promise<void> {
  const body: unknown = ctx.oidc.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new errors.InvalidRequest('the body must be a JSON object');
  const { ...rest } = body as JsonBody;
  const params: Record<string, string> = {};
  for (const name of getClientAuthParams(ctx)) {
    const value = rest[name];
    delete rest[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw new errors.InvalidRequest(`${name} must be a string`);
    params[name] = value;
  }
  Object.assign(ctx.oidc, { body: rest, params });
  return next();
}

/**
 * Adds `POST {issuer}{path}`, which takes JSON from clients that authenticate as at the token endpoint. Errors have
 * the form of RFC 6749 section 5.2.
 *
 * @param answer is called when the client is authenticated (`ctx.oidc.client`), with the other members of the body
 */
export function addClientEndpoint(
  provider: Provider,
  name: string,
  path: string,
  answer: (ctx: KoaContextWithOIDC, body: JsonBody) => Promise<void>,
): void {
  const openContext = (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    Object.defineProperty(ctx, 'oidc', { value: new provider.OIDCContext(ctx) });
    return next();
  };
  internals(provider).router.post(
    name,
    path,
    openContext,
    errorHandler(`${name}.error`),
    json,
    takeCredentials,
    ...clientAuthentication,
    (ctx) => answer(ctx, ctx.oidc.body as JsonBody),
  );
}
