/** `nonce` of an authorization request that asks for no id_token (OpenID Connect Core section 3.1.2.1). */
import { splitScope } from '@patient-access/smart';
import type { RequestParameters } from '../patches/request-parameters.ts';

/**
 * Drops a nonce without the scope `openid`. It would stand in the id_token alone, and there is none. AppAuth for Android and
 * iOS sends one with every request. oidc-provider refuses such a request.
 */
export function dropUnusedNonce(parameters: RequestParameters): void {
  const { scope, nonce } = parameters;
  // One that comes twice is refused.
  if (typeof nonce !== 'string') return;
  if (!splitScope(typeof scope === 'string' ? scope : '').includes('openid')) parameters['nonce'] = undefined;
}
