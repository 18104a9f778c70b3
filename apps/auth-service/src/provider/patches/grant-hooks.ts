/**
 * Override of `Provider.prototype.registerGrantType`: a hook can be put around each grant of oidc-provider.
 *
 * Why: a refresh has to store its tokens, its response and its event in one statement, and to repeat a response that
 * was lost (ADR 14). That needs code before and after the refresh token grant of oidc-provider, which stays as it is.
 * Upstream would have to offer: middleware for each grant type, or access to its own grant handlers.
 */
import type { KoaContextWithOIDC, TokenEndpointGrantContext } from 'oidc-provider';
import { ProviderWithoutFormPost } from './response-modes.ts';

/** Runs in place of a grant, when the client is authenticated. It calls `grant` itself. */
export type GrantHook = (ctx: KoaContextWithOIDC, grant: () => Promise<void>) => Promise<void>;

/**
 * It is a subclass, because the constructor of `Provider` registers its own grants. At that time there are no hooks
 * yet, so they are looked up when a grant runs.
 */
export class ProviderWithGrantHooks extends ProviderWithoutFormPost {
  /** by grant type */
  grantHooks: Readonly<Record<string, GrantHook>> = {};

  override registerGrantType<Params extends object>(
    name: string,
    handler: (ctx: TokenEndpointGrantContext<Params>) => Promise<void> | void,
    ...rest: [parameters?: ReadonlySet<string>, duplicates?: ReadonlySet<string>]
  ): void {
    const grant = (ctx: TokenEndpointGrantContext<Params>) => {
      const hook = this.grantHooks[name];
      return hook ? hook(ctx, async () => handler(ctx)) : handler(ctx);
    };
    super.registerGrantType(name, grant, ...rest);
  }
}
