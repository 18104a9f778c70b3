/**
 * Override of `Provider.prototype.registerResponseMode`: only `query` and `fragment` exist.
 *
 * Why: `form_post` is a page with a script, and this server serves no scripts. Codes are sent in the query; errors of
 * response types that do not exist are sent in the fragment.
 * Upstream would have to offer: a list of response modes in the configuration.
 */
import Provider from 'oidc-provider';

const RESPONSE_MODES = new Set(['query', 'fragment']);

/** It is a subclass, because the constructor of `Provider` registers its response modes itself. */
export class ProviderWithoutFormPost extends Provider {
  override registerResponseMode(...[name, handler]: Parameters<Provider['registerResponseMode']>): void {
    if (RESPONSE_MODES.has(name)) super.registerResponseMode(name, handler);
  }
}
