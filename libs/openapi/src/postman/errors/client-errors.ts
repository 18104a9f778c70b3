/** Mistakes of a client at the token endpoint, at introspection and at registration. No consent suffers from them. */
import { type CollectionItem, getRequest, postFormRequest, postRawRequest } from '../request.ts';
import { oauthError } from '../scripts.ts';

const TOKEN = '{{token_endpoint}}';
const client = { client_id: '{{client_id}}' };

export const TOKEN_ERRORS: readonly CollectionItem[] = [
  postFormRequest(
    'A code that is unknown',
    TOKEN,
    {
      grant_type: 'authorization_code',
      code: 'unknown',
      redirect_uri: '{{redirect_uri}}',
      code_verifier: '{{code_verifier}}',
      ...client,
    },
    { after: oauthError('grant-invalid') },
  ),
  postFormRequest(
    'A token request without its code',
    TOKEN,
    { grant_type: 'authorization_code', redirect_uri: '{{redirect_uri}}', ...client },
    { after: oauthError('oauth-request-invalid') },
  ),
  postFormRequest(
    'A client that is unknown',
    TOKEN,
    { grant_type: 'refresh_token', refresh_token: '{{refresh_token}}', client_id: 'unknown' },
    { after: oauthError('client-authentication-failed') },
  ),
  postFormRequest(
    'A grant type that is not there',
    TOKEN,
    { grant_type: 'password', username: '{{login}}', password: 'no', ...client },
    { after: oauthError('grant-type-unsupported') },
  ),
  postFormRequest(
    'A grant type that the client did not register',
    TOKEN,
    { grant_type: 'client_credentials', scope: 'system/*.rs', ...client },
    { after: oauthError('grant-type-not-allowed') },
  ),
  postFormRequest(
    'A proof that is none',
    TOKEN,
    { grant_type: 'refresh_token', refresh_token: '{{refresh_token}}', ...client },
    { after: oauthError('dpop-proof-invalid') },
    [{ key: 'DPoP', value: 'nothing' }],
  ),
  postFormRequest(
    'Introspection by a member’s token',
    '{{introspection_endpoint}}',
    { token: '{{access_token}}' },
    { after: oauthError('introspection-not-allowed') },
    [{ key: 'Authorization', value: 'Bearer {{access_token}}' }],
  ),
];

const registration = (name: string, metadata: object, after: string): CollectionItem =>
  postRawRequest(
    name,
    '{{registration_endpoint}}',
    'application/json',
    JSON.stringify({ client_name: 'Postman', token_endpoint_auth_method: 'none', ...metadata }),
    { after },
  );

const redirects = { redirect_uris: ['{{redirect_uri}}'] };

export const REGISTRATION_ERRORS: readonly CollectionItem[] = [
  registration(
    'A redirect address that cannot be registered',
    { redirect_uris: ['http://app.example/callback'] },
    oauthError('registration-redirect-uri-invalid'),
  ),
  registration(
    'A grant type that cannot be registered',
    { ...redirects, grant_types: ['implicit'] },
    oauthError('registration-invalid'),
  ),
  registration(
    'A software statement of nobody',
    { ...redirects, software_statement: 'a.b.c' },
    oauthError('software-statement-unapproved'),
  ),
  getRequest(
    'A registration with another token',
    '{{registration_client_uri}}',
    oauthError('registration-token-invalid'),
    { auth: 'none', header: [{ key: 'Authorization', value: 'Bearer nothing' }] },
  ),
];
