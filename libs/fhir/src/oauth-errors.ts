/**
 * The errors of the authorization server, in the form of OAuth (RFC 6749 section 5.2). Each has a stable code of our own,
 * because OAuth has one word for many reasons. `error_uri` of an answer leads to the code. The errors of the FHIR API,
 * some of which are answered here too, are in errors.ts.
 */

interface OAuthErrorRow {
  /** HTTP status; for an authorization request, of the page that says it */
  status: number;
  /** the values of `error` (RFC 6749 and its extensions) */
  error: string | readonly string[];
  /** what happened */
  means: string;
  /** what an app does about it */
  remedy: string;
  /** what it takes besides the requests of an app; absent: the Postman collection provokes it */
  takes?: string;
}

const rows = {
  'client-unknown': {
    status: 400,
    error: 'invalid_client',
    means: 'There is no client with this `client_id` at this plan.',
    remedy:
      'Send the `client_id` that the registration at this plan returned. A client that nobody used for 30 days, or that the plan banned, is gone: register again, or ask the plan.',
  },
  'redirect-uri-unregistered': {
    status: 400,
    error: ['invalid_redirect_uri', 'invalid_request'],
    means: '`redirect_uri` is not one of the addresses that the client registered.',
    remedy:
      'Send a registered address letter by letter: scheme, host, port, path and final slash. Only the port of a loopback address may differ. Or register the address.',
  },
  'authorization-invalid': {
    status: 400,
    error: 'invalid_request',
    means:
      'The authorization request has faults. `error_description` names all of them, with what was expected and what came.',
    remedy: 'Correct every parameter that is named, and send each one once.',
  },
  'audience-wrong': {
    status: 400,
    error: ['invalid_request', 'invalid_target'],
    means: '`aud` (or `resource`) does not name the FHIR server of this plan.',
    remedy:
      'Send `aud` with the FHIR base URL that `error_description` names, letter by letter. Spring, passport and other libraries for OpenID send no `aud` by themselves: add it as an extra parameter.',
  },
  'pkce-invalid': {
    status: 400,
    error: 'invalid_request',
    means: 'The authorization request has no PKCE challenge that can be used (RFC 7636).',
    remedy:
      'Make a `code_verifier` of 43 to 128 letters, digits, `-._~`. Send `code_challenge`, its SHA-256 in base64url without `=`, and `code_challenge_method=S256`. Confidential clients do so too.',
  },
  'response-type-unsupported': {
    status: 400,
    error: 'unsupported_response_type',
    means: '`response_type` is not `code`.',
    remedy: 'Send `response_type=code`. There is no implicit and no hybrid flow.',
  },
  'response-mode-unsupported': {
    status: 400,
    error: 'unsupported_response_mode',
    means: '`response_mode` is not `query`.',
    remedy: 'Leave it out, or send `response_mode=query`.',
  },
  'request-object-unsupported': {
    status: 400,
    error: [
      'request_not_supported',
      'request_uri_not_supported',
      'registration_not_supported',
      'invalid_request_object',
    ],
    means:
      'The request has a request object, a `request_uri` that this server did not give out, or `registration`.',
    remedy:
      'Send the parameters themselves, or push them to the PAR endpoint and send the `request_uri` of its answer.',
  },
  'request-uri-invalid': {
    status: 400,
    error: 'invalid_request_uri',
    means: 'The `request_uri` of a pushed request is unknown, older than a minute, or was used before.',
    remedy: 'Push the request again and send the new `request_uri` at once.',
  },
  'scope-invalid': {
    status: 400,
    error: 'invalid_scope',
    means:
      'A requested scope is malformed, no requested scope can be granted, or a refresh or a backend service asks for more than it has.',
    remedy:
      'Write scopes as SMART does, for example `patient/Observation.rs`. `scopes_supported` in `.well-known/smart-configuration` has examples. For more than was granted, ask the member again.',
  },
  'launch-invalid': {
    status: 400,
    error: ['invalid_request', 'invalid_scope'],
    means:
      'The `launch` of a portal comes without the scope `launch` or `launch/patient`, or cannot be used: it is unknown, expired, already used, or meant for another client.',
    remedy:
      'Send `launch` exactly as the portal gave it, once, with the scope `launch` or `launch/patient`. An app that was not started from a portal asks for `launch/patient` instead.',
  },
  'login-needed': {
    status: 400,
    error: ['login_required', 'consent_required', 'interaction_required'],
    means:
      'The app asked with `prompt=none`, but the member has to log in or to agree first. Or another person has logged in than `id_token_hint` names. `error_description` says which.',
    remedy:
      'Send the request again without `prompt=none`, in a window that the member sees. If another person has logged in, say in your app before who has to log in.',
  },
  'access-denied': {
    status: 400,
    error: 'access_denied',
    means: 'The member did not agree, cancelled, or may not see that record.',
    remedy: 'Respect it: go on without the data, and let the member begin again if she wants to.',
  },
  'oauth-request-invalid': {
    status: 400,
    error: ['invalid_request', 'unsupported_token_type'],
    means:
      'The server cannot use the request: a parameter is missing, comes twice or is malformed, the body is not of the media type of this endpoint, or a form is larger than 56 KiB. `error_description` says which.',
    remedy:
      'Send a POST whose body is `application/x-www-form-urlencoded` (registration and launches: `application/json`), each parameter once, credentials in one place.',
  },
  'grant-type-unsupported': {
    status: 400,
    error: 'unsupported_grant_type',
    means: '`grant_type` is none that this server knows.',
    remedy: 'Send `authorization_code`, `refresh_token` or `client_credentials`.',
  },
  'grant-type-not-allowed': {
    status: 400,
    error: 'unauthorized_client',
    means: 'The client did not register this `grant_type`, or the plan did not give it this right.',
    remedy:
      'Register `grant_types` with it. `client_credentials` is for backend services that the plan registers.',
  },
  'client-authentication-failed': {
    status: 401,
    error: 'invalid_client',
    means:
      'The client was not authenticated. `error_description` says what did not fit: the client, the method, the secret, or a rule of the assertion.',
    remedy:
      'Authenticate with the registered `token_endpoint_auth_method` and no other. A public client sends its `client_id` alone. An assertion is new for each request, names this server in `aud`, and has the `kid` of a registered key.',
  },
  'grant-invalid': {
    status: 400,
    error: 'invalid_grant',
    means: 'There is no such code or refresh token for this client.',
    remedy:
      'Send the value exactly as it came, with the `client_id` it was given to, to the plan that gave it. If it cannot be found, start a new authorization.',
  },
  'code-used': {
    status: 400,
    error: 'invalid_grant',
    means: 'The code was used before. Codes work once. The tokens of its first use were revoked.',
    remedy:
      'Redeem each code in one request only: look for double submits, for a page that reloads, and for retries of a proxy. Start a new authorization.',
  },
  'code-expired': {
    status: 400,
    error: 'invalid_grant',
    means: 'The code is older than a minute.',
    remedy: 'Redeem a code as soon as it comes. Start a new authorization.',
    takes: 'a minute of waiting before the code is redeemed',
  },
  'code-verifier-missing': {
    status: 400,
    error: 'invalid_grant',
    means: 'The token request has no `code_verifier` (RFC 7636).',
    remedy:
      'Send the `code_verifier` whose SHA-256 was the `code_challenge`. The code can still be redeemed with it.',
  },
  'code-verifier-wrong': {
    status: 400,
    error: ['invalid_grant', 'invalid_request'],
    means: 'The `code_verifier` does not fit the `code_challenge` of the authorization request.',
    remedy:
      'Keep the verifier of each authorization request by its `state`. The challenge is the SHA-256 of its ASCII text, in base64url without `=`. The code can still be redeemed with the right one.',
  },
  'redirect-uri-different': {
    status: 400,
    error: 'invalid_grant',
    means: 'The `redirect_uri` of the token request is not that of the authorization request.',
    remedy:
      'Send it letter by letter as in the authorization request. The code can still be redeemed with it.',
  },
  'refresh-token-used': {
    status: 400,
    error: 'invalid_grant',
    means:
      'The refresh token was used before, or the code of the consent was. Each refresh gives a new token, and the old one works once, as a code does. After a second use everything of the consent was revoked, because somebody may have stolen it.',
    remedy:
      'Store the new refresh token before you use it, and refresh in one place at a time. The member has to agree again.',
  },
  'consent-revoked': {
    status: 400,
    error: 'invalid_grant',
    means: 'The member has revoked the consent, or the app gave it up.',
    remedy: 'Forget the tokens. Offer to connect again, when the member wants to.',
  },
  'consent-ended': {
    status: 400,
    error: 'invalid_grant',
    means: 'The consent is over: its time has passed, or the plan ended it. `error_description` says which.',
    remedy:
      'Forget the tokens. The member has to agree again. `access_grant_expiration` of a token response tells the end.',
    takes: 'the end of the time that was agreed to, or an act of the plan',
  },
  'session-ended': {
    status: 400,
    error: 'invalid_grant',
    means:
      'The refresh token has `online_access`, which ends when the member logs out or the session expires.',
    remedy: 'Start a new authorization. To go on without the member, ask for `offline_access`.',
    takes: 'a member who logs out, or a session that ends',
  },
  'dpop-proof-invalid': {
    status: 400,
    error: ['invalid_dpop_proof', 'invalid_grant', 'invalid_request', 'invalid_token'],
    means:
      'The DPoP proof is not valid for this request (RFC 9449 section 4.3). `error_description` says why.',
    remedy:
      'Make a new proof for each request: `typ` `dpop+jwt`, the public key in `jwk`, `htm` the method, `htu` the URL without query, `iat` now, a new `jti`.',
  },
  'dpop-key-wrong': {
    status: 400,
    error: ['invalid_grant', 'invalid_request', 'invalid_token'],
    means:
      'The code, token or client is bound to a key, and the request does not prove that it holds this key.',
    remedy:
      'Send a DPoP proof that was signed with the key of the authorization request or of the first token request.',
  },
  'introspection-not-allowed': {
    status: 403,
    error: 'insufficient_scope',
    means: 'The access token does not allow introspection of other tokens.',
    remedy:
      'Authenticate as the client whose tokens you ask about, or ask the plan for the scope `__introspect`.',
  },
  'registration-redirect-uri-invalid': {
    status: 400,
    error: 'invalid_redirect_uri',
    means: 'A redirect address cannot be registered. `error_description` says which rule it breaks.',
    remedy: 'The rules are in the guide for app developers, under "Register an app".',
  },
  'registration-invalid': {
    status: 400,
    error: 'invalid_client_metadata',
    means: 'A member of the client metadata cannot be registered. `error_description` names it and the rule.',
    remedy: 'The rules are in the guide for app developers, under "Register an app".',
  },
  'software-statement-unapproved': {
    status: 400,
    error: 'unapproved_software_statement',
    means:
      'The software statement is no JWT, is of an issuer that the plan does not trust, has expired, its issuer has not signed it, or the keys of its issuer cannot be fetched now.',
    remedy:
      'Try again in a minute if the answer says that keys are missing. Otherwise leave `software_statement` out and send the metadata themselves, or ask the plan whose statements it takes.',
  },
  'registration-token-invalid': {
    status: 401,
    error: 'invalid_token',
    means:
      'The initial access token or the registration access token is missing, unknown, expired or used up, or belongs to another client.',
    remedy:
      'Send `Authorization: Bearer …` with the token that the plan gave you, or with the `registration_access_token` of the newest answer about this client.',
  },
  'sandbox-request-invalid': {
    status: 400,
    error: ['invalid_request', 'invalid_scope'],
    means:
      'The sandbox cannot cause this fault: a parameter is missing, out of range, or names a scope that was not granted.',
    remedy: 'The faults and their parameters are in the guide for app developers, under "Sandbox".',
  },
  'plan-suspended': {
    status: 503,
    error: 'temporarily_unavailable',
    means: 'The plan is suspended. Nothing is lost.',
    remedy: 'Keep the tokens and try again after `Retry-After`.',
    takes: 'an act of those who run the server',
  },
} as const satisfies Record<string, OAuthErrorRow>;

export type OAuthErrorCode = keyof typeof rows;
export const OAUTH_ERRORS: Readonly<Record<OAuthErrorCode, OAuthErrorRow>> = rows;

/** RFC 6749 section 5.2 allows printable ASCII without quotation mark and backslash. */
export const oauthText = (text: string): string =>
  text
    .replace(/["“”]/g, "'")
    .replace(/’/g, "'")
    .replace(/…/g, '...')
    .replace(/[^\x20-\x7e]|\\/g, '?');
