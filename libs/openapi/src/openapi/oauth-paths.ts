/** The endpoints of the authorization server. */
import type { SmartConfiguration } from '../api-description.ts';
import { oauthFailures } from './failures.ts';
import type { Paths } from './fhir-paths.ts';

/** Fields of a form, with what each of them is. */
type Fields = Readonly<Record<string, string>>;

const properties = (fields: Fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, description]) => [name, { type: 'string', description }]),
  );

const form = (required: readonly string[], fields: Fields) => ({
  requestBody: {
    required: true,
    content: {
      'application/x-www-form-urlencoded': {
        schema: { type: 'object', required, properties: properties(fields) },
      },
    },
  },
});

const json = (description: string, schema: object = { type: 'object' }) => ({
  description,
  content: { 'application/json': { schema } },
});

/** By HTTP Basic. Whoever has no secret, or sends it in the form, sends no such header. */
const AS_CLIENT = { security: [{ client: [] }, {}] };

/** The client authenticates itself, or names itself if it is public (RFC 6749 section 2.3). */
const CLIENT: Fields = {
  client_id: 'of a public client; a confidential one authenticates with HTTP Basic or the fields below',
  client_secret: 'of a confidential client that sends it in the form',
  client_assertion_type: '`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`',
  client_assertion: 'a JWT that the client signed (RFC 7523)',
};

const AUTHORIZATION: Fields = {
  response_type: '`code`',
  client_id: 'as registered',
  redirect_uri: 'letter by letter as registered',
  scope: 'SMART scopes, separated by spaces, such as `launch/patient patient/Coverage.rs offline_access`',
  state: 'a value that nobody can guess; it comes back with the answer',
  aud: 'the FHIR base URL of this plan',
  code_challenge: 'the SHA-256 of the verifier, in base64url (RFC 7636)',
  code_challenge_method: '`S256`',
  launch: 'as the portal sent it, for a launch from the portal',
  nonce: 'a value that comes back in the id token',
  prompt: '`login`, `consent` or `none` (OpenID Connect)',
  ui_locales: 'the languages that the member reads, such as `es en`',
};
const REQUIRED = ['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'aud'];
const PKCE = ['code_challenge', 'code_challenge_method'];

const asQuery = (fields: Fields, required: readonly string[]) =>
  Object.entries(fields).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    required: required.includes(name),
    schema: { type: 'string' },
  }));

const endpoint = (operationId: string, tag: string, summary: string, description: string, rest: object) => ({
  operationId,
  tags: [tag],
  summary,
  description,
  security: [],
  ...rest,
});

const ASKED = {
  responses: {
    '200': {
      description: 'A page of the plan.',
      content: { 'text/html': { schema: { type: 'string' } } },
    },
    '303': { description: 'On to the next page, or back to the app.' },
    '400': { description: 'A page that says what is wrong with the request, for the developer.' },
  },
};

/** Both ways (SMART App Launch, `authorize-post`). */
const authorize = {
  get: endpoint(
    'authorize',
    'Authorization',
    'Ask the member',
    'Open it in the browser of the member. After login and consent the browser comes to `redirect_uri` with `code` and `state`, or with `error`.',
    { parameters: asQuery(AUTHORIZATION, [...REQUIRED, ...PKCE]), ...ASKED },
  ),
  post: endpoint(
    'authorizeByPost',
    'Authorization',
    'Ask the member with a form',
    'The browser of the member sends the same parameters as a form.',
    { ...form([...REQUIRED, ...PKCE], AUTHORIZATION), ...ASKED },
  ),
};

const pushed = {
  post: endpoint(
    'pushAuthorizationRequest',
    'Authorization',
    'Push an authorization request (RFC 9126)',
    'The answer names the request. Send the browser to the authorization endpoint with `client_id` and `request_uri`.',
    {
      ...form([...REQUIRED, ...PKCE], { ...AUTHORIZATION, ...CLIENT }),
      responses: {
        '201': json('The reference of the request.', { $ref: '#/components/schemas/PushedRequest' }),
        ...oauthFailures(400, 401, 429),
      },
      ...AS_CLIENT,
    },
  ),
};

const token = {
  post: endpoint(
    'token',
    'Authorization',
    'Get or refresh an access token',
    'With `grant_type` `authorization_code`, `refresh_token`, or `client_credentials` for backend services.',
    {
      ...form(['grant_type'], {
        grant_type: '`authorization_code`, `refresh_token` or `client_credentials`',
        code: 'with `authorization_code`; it works once, for a minute',
        redirect_uri: 'with `authorization_code`; as in the authorization request',
        code_verifier: 'with `authorization_code` (RFC 7636)',
        refresh_token: 'with `refresh_token`; each works once',
        scope: 'a part of what was granted',
        ...CLIENT,
      }),
      responses: {
        '200': json('The tokens, and the member in context as `patient`.', {
          $ref: '#/components/schemas/TokenResponse',
        }),
        ...oauthFailures(400, 401, 429),
      },
      ...AS_CLIENT,
    },
  ),
};

const aboutToken = (operationId: string, summary: string, description: string, responses: object) => ({
  post: endpoint(operationId, 'Authorization', summary, description, {
    ...form(['token'], { token: 'an access token or a refresh token', ...CLIENT }),
    responses,
    ...AS_CLIENT,
  }),
});

const revoke = aboutToken(
  'revoke',
  'Give tokens up (RFC 7009)',
  'A refresh token takes the whole consent along, an access token only itself.',
  {
    '200': json('Done, also when there was no such token. The object is empty.'),
    ...oauthFailures(400, 401),
  },
);

const introspect = aboutToken(
  'introspect',
  'Ask what a token is (RFC 7662)',
  'A client may ask about its own tokens.',
  { '200': json('`active`, and what the token opens'), ...oauthFailures(400, 401, 403, 429) },
);

const userinfo = {
  get: {
    ...endpoint(
      'userinfo',
      'Authorization',
      'Who logged in (OpenID Connect)',
      'It needs the scope `openid`.',
      {
        responses: {
          '200': json('`sub`, and `fhirUser` and `name` if they were granted'),
          ...oauthFailures(401, 403),
        },
      },
    ),
    security: [{ smart: ['openid'] }],
  },
};

const keys = {
  get: endpoint('keys', 'Authorization', 'Public keys (RFC 7517)', 'They verify id tokens.', {
    responses: { '200': json('A JWK Set.') },
  }),
};

const jsonBody = (schema: string) => ({
  requestBody: {
    required: true,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  },
});

const INFORMATION = { $ref: '#/components/schemas/ClientInformation' };

const register = {
  post: endpoint(
    'registerClient',
    'Registration',
    'Register an app (RFC 7591)',
    'At a preview plan anybody may register. Elsewhere the plan gives an initial access token first.',
    {
      ...jsonBody('ClientMetadata'),
      responses: {
        '201': json('The registration, with `client_id`.', INFORMATION),
        ...oauthFailures(400, 401, 429),
      },
      security: [{ initialAccess: [] }, {}],
    },
  ),
};

const REGISTRATION_TOKEN = { security: [{ registration: [] }] };

const registration = {
  parameters: [
    {
      name: 'client_id',
      in: 'path',
      required: true,
      description: 'as registered',
      schema: { type: 'string' },
    },
  ],
  get: {
    ...endpoint('readClient', 'Registration', 'Read a registration (RFC 7592)', 'It shows no secret.', {
      responses: { '200': json('The registration.', INFORMATION), ...oauthFailures(401) },
    }),
    ...REGISTRATION_TOKEN,
  },
  put: {
    ...endpoint(
      'replaceClient',
      'Registration',
      'Replace a registration (RFC 7592)',
      'Send all of it with its `client_id`, and without `client_id_issued_at`, `client_secret_expires_at`, `registration_access_token` and `registration_client_uri`.',
      {
        ...jsonBody('ClientUpdate'),
        responses: { '200': json('The registration.', INFORMATION), ...oauthFailures(400, 401) },
      },
    ),
    ...REGISTRATION_TOKEN,
  },
  delete: {
    ...endpoint(
      'deleteClient',
      'Registration',
      'Delete a registration (RFC 7592)',
      'All consents to the app end with it.',
      { responses: { '204': { description: 'Deleted.' }, ...oauthFailures(401) } },
    ),
    ...REGISTRATION_TOKEN,
  },
};

/** Each of an app's registrations has an address of its own below the endpoint (RFC 7592). */
const registrationPaths = (endpoint: string | undefined): [string, object][] =>
  endpoint === undefined
    ? []
    : [
        [endpoint, register],
        [`${endpoint}/{client_id}`, registration],
      ];

/** @returns the paths of the authorization server, each with the server that it is relative to */
export function oauthPaths(smart: SmartConfiguration): Paths {
  const endpoints: [string, object][] = [
    [smart.authorization_endpoint, authorize],
    [smart.pushed_authorization_request_endpoint, pushed],
    [smart.token_endpoint, token],
    [smart.revocation_endpoint, revoke],
    [smart.introspection_endpoint, introspect],
    [smart.userinfo_endpoint, userinfo],
    [smart.jwks_uri, keys],
    ...registrationPaths(smart.registration_endpoint),
  ];
  const servers = [{ url: smart.issuer, description: 'authorization server' }];
  return Object.fromEntries(
    endpoints.map(([url, item]) => [url.slice(smart.issuer.length), { servers, ...item }]),
  );
}
