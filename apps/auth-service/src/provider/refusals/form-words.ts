/** What oidc-provider's reasons mean for requests of any kind, and for authorization requests as a whole. */
import type { ProviderWord } from './refusal.ts';

export const FORM_WORDS: readonly ProviderWord[] = [
  [
    /^launch is unknown, expired/,
    'launch-invalid',
    'launch is unknown, expired, already used, or meant for another client. Start again from the portal.',
  ],
  [
    /^Pushed Authorization Request must be used$/,
    'authorization-invalid',
    'The client registered require_pushed_authorization_requests. Push the request to the PAR endpoint, ' +
      'and send the request_uri of its answer.',
  ],
  [
    /^(?:invalid request_uri|request_uri is invalid|pushed request already used)/,
    'request-uri-invalid',
    'The request_uri is unknown, older than a minute, or was used before. Push the request again, ' +
      'and send the new request_uri at once.',
  ],
  [
    /^(?:End-User authentication|requested (?:scopes|claims) not granted|id_token_hint and|native clients|client not authorized)/,
    'login-needed',
    'With prompt=none nothing is shown, but the member has to log in or to agree first. Send the request again without prompt.',
  ],
  [
    /^another person has logged in/,
    'login-needed',
    'Another person has logged in than id_token_hint names. Say in your app who has to log in, and send the request again.',
  ],
  [
    /id_token_hint/,
    'authorization-invalid',
    'id_token_hint is not an id_token that this plan gave to this client. Leave it out.',
  ],
  [
    /^missing required parameters? (.*)$/,
    'oauth-request-invalid',
    ([, names]) =>
      `The request lacks ${names?.replaceAll("'", '')}. Parameters belong in the body of the POST, as a form.`,
  ],
  [
    /^(.*) parameters? must not be provided twice$/,
    'oauth-request-invalid',
    ([, names]) => `The request has ${names?.replaceAll("'", '')} twice. Send each parameter once.`,
  ],
  [
    /^only (\S+) content-type bodies/,
    'oauth-request-invalid',
    ([, type]) => `The body must be ${type}. Send it with this Content-Type.`,
  ],
  [
    /^failed to parse the request body$/,
    'oauth-request-invalid',
    'The body cannot be read: it is larger than 56 KiB, or not what its Content-Type and Content-Length say.',
  ],
];
