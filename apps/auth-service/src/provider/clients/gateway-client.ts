import type { AcceptedSecrets } from '@patient-access/platform/config';
import { GATEWAY_CLIENT_ID } from '@patient-access/smart';
import type { ClientMetadata } from 'oidc-provider';
import { digest } from '../../domain/keys/secrets.ts';
import { PREVIOUS_SECRET, VERIFIED } from './client-rules.ts';

/**
 * The gateway as a built-in client. It may introspect the tokens of all clients, and gets signed responses (RFC
 * 9701).
 *
 * @param secrets while they are replaced, also the one before or after
 */
export function gatewayClient([secret, other]: AcceptedSecrets): ClientMetadata {
  return {
    client_id: GATEWAY_CLIENT_ID,
    client_secret: digest(secret),
    ...(other !== undefined && { [PREVIOUS_SECRET]: { digest: digest(other), until: Infinity } }),
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    token_endpoint_auth_method: 'client_secret_basic',
    introspection_signed_response_alg: 'ES256',
    [VERIFIED]: true,
  };
}
