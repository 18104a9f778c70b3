/**
 * Patch of `Client.prototype.redirectUriAllowed`.
 *
 * Why: a plan may switch off apps on the member's own device. Redirects to such apps are then refused, also those of
 * clients that registered earlier. The redirect of the members' own pages is always allowed.
 * Upstream would have to offer: a policy function beside the list of registered redirect URIs.
 */
import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import { isNativeRedirect } from '../../domain/clients/redirect-uri.ts';
import { MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';

export function refuseNativeRedirects(provider: Provider): void {
  const { redirectUriAllowed } = provider.Client.prototype;
  provider.Client.prototype.redirectUriAllowed = function allowed(this: Client, uri: string): boolean {
    const refused = isNativeRedirect(uri) && this.clientId !== MEMBER_PAGES_CLIENT_ID;
    return !refused && redirectUriAllowed.call(this, uri);
  };
}
