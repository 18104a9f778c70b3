/**
 * Patch of `OIDCContext.prototype.params`, which upstream defines as a plain property of each context.
 *
 * Why: some parameters have to be rewritten before anything reads them: scopes that are written as URIs, the missing
 * `client_id` of a refresh request, and a JWT that is introspected.
 * Upstream would have to offer: a hook that gets the parameters of a request when they are parsed.
 */
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC, OIDCContext } from 'oidc-provider';

/** A request as oidc-provider knows it. Its own types leave out `ctx`. */
export type RequestContext = OIDCContext & { ctx: KoaContextWithOIDC };

export type RequestParameters = Record<string, unknown>;

/** @param rewrite is called with the parameters of every request, before its client is looked up; it changes them */
export function rewriteParameters(
  provider: Provider,
  rewrite: (context: RequestContext, parameters: RequestParameters) => void,
): void {
  const parametersOf = new WeakMap<RequestContext, RequestParameters>();
  Object.defineProperty(provider.OIDCContext.prototype, 'params', {
    get(this: RequestContext) {
      return parametersOf.get(this);
    },
    set(this: RequestContext, parameters: RequestParameters) {
      rewrite(this, parameters);
      parametersOf.set(this, parameters);
    },
  });
}
