/** Mistakes that an app can make, and how each is told. */
import { getRequest, type CollectionItem, postFormRequest, postRawRequest } from './request.ts';
import { fhirError, oauthError } from './scripts.ts';

const TOKEN = '{{token_endpoint}}';
const client = { client_id: '{{client_id}}' };

/** Errors of the FHIR API: docs/developers/errors.md. */
const FHIR: readonly CollectionItem[] = [
  getRequest('No token', '{{base}}/Patient', fhirError('token-missing'), { auth: 'none' }),
  getRequest('A token that is none', '{{base}}/Patient', fhirError('token-invalid'), {
    auth: 'none',
    header: [{ key: 'Authorization', value: 'Bearer nothing' }],
  }),
  getRequest('A date that is none', '{{base}}/Encounter?date=yesterday', fhirError('parameter-invalid')),
  getRequest(
    'A modifier that is not there',
    '{{base}}/Condition?code:text=flu',
    fhirError('parameter-unsupported'),
  ),
  getRequest('A next link that was changed', '{{base}}/Condition?_cursor=abc', fhirError('cursor-invalid')),
  getRequest('Another member', '{{base}}/Condition?patient=Patient/somebody-else', fhirError('member-other')),
  getRequest('Two types at once', '{{base}}?_type=Condition,Observation', fhirError('request-too-wide')),
  getRequest('An id that nobody has', '{{base}}/Condition/nobody-has-this', fhirError('not-found')),
  getRequest('A type with a mistake in it', '{{base}}/Conditions', fhirError('not-found')),
  getRequest('A write', '{{base}}/Patient/{{patient}}', fhirError('method-unsupported'), {
    method: 'DELETE',
  }),
  getRequest('XML', '{{base}}/Patient', fhirError('format-unsupported'), {
    header: [{ key: 'Accept', value: 'application/fhir+xml' }],
  }),
  postRawRequest(
    'A search in JSON',
    '{{base}}/Patient/_search',
    'application/json',
    '{"name":"Ada"}',
    { after: fhirError('media-type-unsupported') },
    'access token',
  ),
];

/** Errors of the authorization server. */
const OAUTH: readonly CollectionItem[] = [
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
  postRawRequest(
    'A redirect address that cannot be registered',
    '{{registration_endpoint}}',
    'application/json',
    '{"client_name":"Postman","redirect_uris":["http://app.example/callback"]}',
    { after: oauthError('registration-redirect-uri-invalid') },
  ),
];

export const ERROR_REQUESTS: readonly CollectionItem[] = [...FHIR, ...OAUTH];
