/** How clients authenticate, for the metadata of the authorization server (RFC 8414 section 2). */
import { CLIENT_AUTH_METHODS } from '../../domain/clients/metadata.ts';
import { ASSERTION_ALGORITHMS } from '../client-auth/keys.ts';

/** A client that has no credentials learns nothing of any token. */
const WITH_CREDENTIALS = CLIENT_AUTH_METHODS.filter((method) => method !== 'none');

/**
 * What oidc-provider says of the token endpoint alone. Where it is not said of revocation, a client has to take it that
 * `client_secret_basic` is the only way. A resource server may introspect with an access token, which RFC 8414 names by its type.
 */
export const AUTHENTICATION_BESIDE_TOKENS = {
  revocation_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
  revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
  introspection_endpoint_auth_methods_supported: [...WITH_CREDENTIALS, 'Bearer'],
  introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
};
