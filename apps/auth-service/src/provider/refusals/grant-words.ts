/** What oidc-provider's reasons mean at the token endpoint, and where tokens are shown: userinfo, introspection, revocation. */
import type { ProviderWord } from './refusal.ts';
import { received } from './refusal.ts';

export const GRANT_WORDS: readonly ProviderWord[] = [
  [
    /^authorization code is expired$/,
    'code-expired',
    'The code is older than a minute. Redeem it as soon as it comes. Start a new authorization.',
  ],
  [
    /^authorization code already consumed$/,
    'code-used',
    'The code was used before, so everything that its first use gave was revoked. ' +
      'Redeem each code in one request, and start a new authorization.',
  ],
  [
    /^refresh token already used$/,
    'refresh-token-used',
    'The refresh token was used before, so the consent was revoked. Keep the newest refresh token of each answer. ' +
      'The member has to agree again.',
  ],
  [
    /^code_verifier must be provided$/,
    'code-verifier-missing',
    'code_verifier is missing, and the authorization request had a code_challenge. The code can still be redeemed with it.',
  ],
  [
    /^code_verifier (?:does not match|must be a string|contains invalid)/,
    'code-verifier-wrong',
    'code_verifier does not fit the code_challenge of the authorization request. It is 43 to 128 characters of ' +
      'A-Z a-z 0-9 - . _ ~, and the challenge is its SHA-256 in base64url without =. ' +
      'The code can still be redeemed with the right one.',
  ],
  [
    /^authorization code redirect_uri mismatch$/,
    'redirect-uri-different',
    (_found, ctx) =>
      'redirect_uri must be that of the authorization request, letter by letter. ' +
      `Received: ${received(ctx, 'redirect_uri')}. The code can still be redeemed with the right one.`,
  ],
  [
    /^DPoP proof JWT not provided$/,
    'dpop-key-wrong',
    'The client registered dpop_bound_access_tokens, and the request has no proof. Send a DPoP proof with each token request.',
  ],
  [
    /^missing DPoP proof JWT$|thumbprint does not match|^failed jkt verification$/,
    'dpop-key-wrong',
    'What is used here is bound to a key. Send a DPoP proof that is signed with this key.',
  ],
  [
    /Replay detected$/,
    'dpop-proof-invalid',
    'The DPoP proof was used before. Make a new one, with a new jti, for each request.',
  ],
  [
    /^DPoP proof (htm|htu|ath) mismatch$/,
    'dpop-proof-invalid',
    ([, claim], { oidc, method }) =>
      claim === 'htm'
        ? `The DPoP proof is for another method: htm must be ${method}.`
        : claim === 'htu'
          ? `The DPoP proof is for another address: htu must be ${oidc.urlFor(oidc.route)}.`
          : 'The DPoP proof is for another token: ath must be the SHA-256 of the access token in base64url.',
  ],
  [
    /^DPoP proof iat is not recent/,
    'dpop-proof-invalid',
    'The DPoP proof is too old or too new: iat must be now, in seconds.',
  ],
  [
    /^invalid DPoP key binding$/,
    'dpop-proof-invalid',
    'The DPoP proof cannot be verified: it is a JWT with typ dpop+jwt and the public key in jwk, signed with that key.',
  ],
  [
    /^access token missing (openid|requested) scope$/,
    'scope-insufficient',
    ([, which]) =>
      which === 'openid'
        ? 'userinfo needs an access token with the scope openid.'
        : 'The access token does not have the scope that this request names.',
  ],
  [
    /^(?:access token not found|grant not found|grant is expired|associated|clientId mismatch|accountId mismatch)/,
    'token-invalid',
    'The access token is expired, revoked, or of another plan. Refresh once and try again.',
  ],
  [
    /^access token is not sender-constrained/,
    'token-invalid',
    'The access token is not bound to a key. Send it with Authorization: Bearer and without a DPoP proof.',
  ],
  [
    /^no access token provided$/,
    'token-missing',
    'There is no access token. Send Authorization: Bearer and the token.',
  ],
  [
    /^access tokens? must (?:only be provided using one|not be provided via)/,
    'oauth-request-invalid',
    'The access token belongs in the Authorization header, once, and nowhere else.',
  ],
  [
    /^(?:authorization header scheme must be|`DPoP` (?:header not|tokens must))/,
    'dpop-proof-invalid',
    'A token that is bound to a key comes with Authorization: DPoP and a proof in the header DPoP; any other with Authorization: Bearer.',
  ],
  [
    /^Structured JWT Tokens/,
    'oauth-request-invalid',
    'token is a JWT. Access and refresh tokens of this server are opaque: send the access_token or refresh_token of a token response, not the id_token.',
  ],
  [
    /^unsupported grant_type requested$/,
    'grant-type-unsupported',
    (_found, ctx) =>
      `grant_type must be authorization_code, refresh_token or client_credentials. Received: ${received(ctx, 'grant_type')}.`,
  ],
  [
    /^requested grant type is not allowed/,
    'grant-type-not-allowed',
    (_found, ctx) =>
      `The client may not use grant_type=${received(ctx, 'grant_type')}: it is not among its registered grant_types.`,
  ],
];
