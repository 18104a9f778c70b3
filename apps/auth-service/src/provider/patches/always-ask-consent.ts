/**
 * Patch of `OIDCContext.prototype.prompts`.
 *
 * Why: every authorization asks the member for consent (security rule D20), as if the app had sent `prompt=consent`.
 * SMART apps do not send it, and without it oidc-provider drops `offline_access`. The members' own pages are the
 * exception: logging in for them needs no consent.
 * Upstream would have to offer: a policy function that adds prompts to a request before its scopes are checked.
 */
import type Provider from 'oidc-provider';
import { MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';

interface WithParameters {
  params: { prompt?: string; client_id?: string };
}

export function alwaysAskConsent(provider: Provider): void {
  Object.defineProperty(provider.OIDCContext.prototype, 'prompts', {
    get(this: WithParameters): Set<string> {
      const { params } = this;
      const prompts = new Set(params.prompt?.split(' ').filter(Boolean));
      if (prompts.has('none')) return prompts;
      if (params.client_id !== MEMBER_PAGES_CLIENT_ID) return prompts.add('consent');
      prompts.delete('consent');
      return prompts;
    },
  });
}
