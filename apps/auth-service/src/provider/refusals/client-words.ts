/** What oidc-provider's reasons mean when a client was not authenticated. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { KEYS_AWAY } from '../../egress/jwks-cache.ts';
import type { ProviderWord } from './refusal.ts';

const FAILED = 'client-authentication-failed';
const ASSERTION = 'The client_assertion is not accepted';

const methodOf = ({ oidc }: KoaContextWithOIDC): string => oidc.client?.clientAuthMethod ?? 'none';

/** What the request has in the place of what the client registered. Some libraries leave it out where they refresh. */
function credentialsOf({ headers, oidc: { params } }: KoaContextWithOIDC): string {
  if (headers.authorization !== undefined) return 'has an Authorization header (client_secret_basic)';
  if (params?.['client_assertion'] !== undefined) return 'has a client_assertion (private_key_jwt)';
  if (params?.['client_secret'] !== undefined) return 'has client_secret in the form (client_secret_post)';
  return 'has no credentials';
}

export const CLIENT_WORDS: readonly ProviderWord[] = [
  [
    /^client not found$/,
    FAILED,
    'There is no client with this client_id at this plan. Send the client_id that the registration at this plan returned.',
  ],
  [
    /does not match the registered/,
    FAILED,
    (_found, ctx) =>
      `The client registered token_endpoint_auth_method=${methodOf(ctx)}, and this request ${credentialsOf(ctx)}.`,
  ],
  [
    /^invalid secret provided$/,
    FAILED,
    (_found, ctx) =>
      `The client_secret is wrong, or in the wrong place: the client registered ${methodOf(ctx)}. ` +
      'client_secret_basic sends it in the Authorization header, client_secret_post in the form.',
  ],
  [/^alg mismatch$/, FAILED, `${ASSERTION}: its alg is not supported. Use RS384 or ES384.`],
  [
    /must (?:include|equal) the endpoint url/,
    FAILED,
    (_found, { oidc }) =>
      `${ASSERTION}: aud must be ${oidc.urlFor('token')} or ${oidc.issuer}, as one string.`,
  ],
  [
    /only be used once$/,
    FAILED,
    `${ASSERTION}: it was used before. Make a new one, with a new jti, for each request.`,
  ],
  [
    /^(.* (?:must be provided|must be specified) in the client_assertion JWT|iss \(JWT issuer\) must be the client_id)$/,
    FAILED,
    ([text]) => `${ASSERTION}: ${text}.`,
  ],
  [/^jwt expired$/, FAILED, `${ASSERTION}: its exp has passed. Compare your clock with the header Date.`],
  [
    /^(?:jwt not active yet|jwt issued in the future)$/,
    FAILED,
    `${ASSERTION}: its nbf or iat is in the future. Compare your clock with the header Date.`,
  ],
  [
    /^(?:no applicable key|signature verification failed)/,
    FAILED,
    `${ASSERTION}: no registered key with its kid and alg verifies its signature. ` +
      'Compare kid with the registered jwks, or with what jwks_uri serves now. ' +
      'For a key that it did not serve before, jwks_uri is asked at most once in 30 seconds.',
  ],
  [
    new RegExp(`^${KEYS_AWAY}$`),
    FAILED,
    'The keys at the registered jwks_uri cannot be fetched. It has to be a public https address on port 443 that answers ' +
      'within 2.5 seconds with 200, a key set of at most 64 KiB, and no redirect.',
  ],
  // The rules of client-auth/assertion.ts.
  [/^(?:typ|jku|sub|aud|iat|exp|crit) must .*$/, FAILED, ([text]) => `${ASSERTION}: ${text}.`],
  [
    /^no client authentication mechanism provided$/,
    'oauth-request-invalid',
    (_found, { search }) =>
      'The request names no client. Send client_id, or authenticate as the client registered.' +
      (search === '' ? '' : ' The parameters in the address are not read: send them in the body, as a form.'),
  ],
  [
    /^client_id mismatch$/,
    'oauth-request-invalid',
    'The request names two clients: client_id in the form is not that of the Authorization header or of the assertion.',
  ],
  [
    /client authentication must only be provided using one mechanism$/,
    'oauth-request-invalid',
    'The request has client credentials in two places. Send one of: the Authorization header, client_secret, client_assertion.',
  ],
  [
    /^(?:client_id and client_secret in the authorization header are not|client_secret must be provided in the Auth|invalid authorization header value format)/,
    'oauth-request-invalid',
    'The Authorization header must be Basic and the base64 of client_id:client_secret, each form-encoded before (RFC 6749 section 2.3.1). A public client has no secret: it sends client_id in the form, and no such header.',
  ],
  [
    /^client_assertion_type must/,
    'oauth-request-invalid',
    'client_assertion needs client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer.',
  ],
  [/^invalid client_assertion format$/, FAILED, `${ASSERTION}: it is not a JWT of three parts in base64url.`],
];
