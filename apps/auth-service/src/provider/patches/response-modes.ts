/**
 * Override of `Provider.prototype.registerResponseMode`: only `query` and `fragment` exist, an error can be answered in
 * another way than by a redirect, and a redirect with an error can say more.
 *
 * Why: `form_post` is a page with a script, and this server serves no scripts. Codes are sent in the query; errors of
 * response types that do not exist are sent in the fragment. An error of an app that the plan has not checked is shown
 * and not redirected to (RFC 9700 section 4.11.2). The parameters of an error name all faults of the request (ADR 66).
 * Upstream would have to offer: a list of response modes in the configuration, and policy functions that say whether
 * an error may be redirected, and with which parameters.
 */
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';

const RESPONSE_MODES = new Set(['query', 'fragment']);

/** An error that is about to be sent to the client by a redirect. */
export interface RedirectedError {
  redirectUri: string;
  mode: string;
  /** parameters of the redirect: `error`, `state`, … */
  payload: Readonly<Record<string, unknown>>;
}

/** @returns whether it has answered the error itself */
export type ErrorHook = (ctx: KoaContextWithOIDC, error: RedirectedError) => boolean;

/** @returns the parameters to send in place of those of oidc-provider */
export type ErrorWords = <Payload extends Record<string, unknown>>(
  ctx: KoaContextWithOIDC,
  payload: Payload,
) => Payload;

/**
 * It is a subclass, because the constructor of `Provider` registers its response modes itself. At that time there is no hook
 * yet: it is looked up when an error is sent.
 */
export class ProviderWithoutFormPost extends Provider {
  errorHook: ErrorHook | undefined = undefined;
  errorWords: ErrorWords | undefined = undefined;

  override registerResponseMode(...[name, handler]: Parameters<Provider['registerResponseMode']>): void {
    if (!RESPONSE_MODES.has(name)) return;
    super.registerResponseMode(name, (ctx, redirectUri, sent) => {
      if (!('error' in sent)) return handler.call(this, ctx, redirectUri, sent);
      const payload = this.errorWords?.(ctx, sent) ?? sent;
      if (this.errorHook?.(ctx, { redirectUri, mode: name, payload })) return undefined;
      return handler.call(this, ctx, redirectUri, payload);
    });
  }
}
