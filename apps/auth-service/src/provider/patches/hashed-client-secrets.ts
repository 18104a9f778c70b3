/**
 * Patch of `Client.prototype.compareClientSecret`.
 *
 * Why: client secrets are stored as digests, and after a rotation the previous secret is accepted for a while.
 * oidc-provider compares the secret with the stored text, character by character.
 * Upstream would have to offer: a configuration function that compares a client's secret.
 */
import Provider, { type Client } from 'oidc-provider';
import { isSecretOf } from '../clients/client-rules.ts';

/**
 * Is the secret in the body, though the client has registered to send it in the Authorization header? Bodies are logged
 * where headers are not (RFC 6749 section 2.3.1). oidc-provider takes both from both.
 */
const isInBodyUnasked = ({ clientAuthMethod }: Client): boolean =>
  clientAuthMethod === 'client_secret_basic' && Provider.ctx?.oidc.params?.['client_secret'] !== undefined;

export function compareHashedSecrets(provider: Provider): void {
  provider.Client.prototype['compareClientSecret'] = function compare(this: Client, secret: string): boolean {
    return isSecretOf(this, secret) && !isInBodyUnasked(this);
  };
}
