import { type ClientMetadata, errors } from 'oidc-provider';
import { CLIENT_CREDENTIALS } from '../../domain/clients/metadata.ts';

/**
 * Runs for every client that is loaded. No backend service has a secret that could leak, even if somebody stored one
 * (checklist items 80, 113; security case O20). What may be registered is in `domain/clients/metadata.ts`.
 */
export function checkCredentials(metadata: ClientMetadata): void {
  const { grant_types: grants, token_endpoint_auth_method: method } = metadata;
  const backend = Array.isArray(grants) && grants.includes(CLIENT_CREDENTIALS);
  if (backend && method !== 'private_key_jwt')
    throw new errors.InvalidClientMetadata(`${CLIENT_CREDENTIALS} needs private_key_jwt`);
}
