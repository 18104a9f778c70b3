/**
 * Patch of `OIDCContext.prototype.urlFor`.
 *
 * Why: oidc-provider builds links from the `Host` header of the request. This server has one public URL, the issuer
 * of the tenant, and its links must not depend on what a caller sends.
 * Upstream would have to offer: a setting that makes links from the issuer, as `Provider.prototype.urlFor` already
 * does.
 */
import type Provider from 'oidc-provider';

export function linkFromIssuer(provider: Provider): void {
  provider.OIDCContext.prototype.urlFor = (name, options) => provider.urlFor(name, options);
}
