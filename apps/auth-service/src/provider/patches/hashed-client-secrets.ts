/**
 * Patch of `Client.prototype.compareClientSecret`.
 *
 * Why: client secrets are stored as digests, and after a rotation the previous secret is accepted for a while.
 * oidc-provider compares the secret with the stored text, character by character.
 * Upstream would have to offer: a configuration function that compares a client's secret.
 */
import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import { isSecretOf } from '../clients/client-rules.ts';

export function compareHashedSecrets(provider: Provider): void {
  provider.Client.prototype['compareClientSecret'] = function compare(this: Client, secret: string): boolean {
    return isSecretOf(this, secret);
  };
}
