/** An endpoint of ours beside the engine's own, put together as the engine puts together its revocation endpoint. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import internals from 'oidc-provider/lib/helpers/weak_cache.js';
import clientAuthentication, { getClientAuthParams } from 'oidc-provider/lib/shared/client_auth.js';
import errorHandler from 'oidc-provider/lib/shared/error_handler.js';
import { json } from 'oidc-provider/lib/shared/selective_body.js';
import type { SmartProvider } from '../smart-provider.ts';

type Next = () => Promise<void>;

/** A JSON object whose members are not yet known to be what they should be. */
export type JsonBody = Record<string, unknown>;

/** Credentials in the body (`client_secret_post`, `private_key_jwt`) have the names that they have in a form. */
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
 * Adds `POST {issuer}{path}`: JSON, for clients that authenticate in every way in which they may at the token endpoint.
 * Failures are answered as RFC 6749 section 5.2 says.
 *
 * @param answer is called once the client is known (`ctx.oidc.client`), with the body's other members
 */
export function addClientEndpoint(
  provider: SmartProvider,
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
