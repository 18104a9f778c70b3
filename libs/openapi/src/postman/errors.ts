/** Mistakes that an app can make, and how each is told. */
import { get, type Item, postForm, postRaw } from './request.ts';
import { fhirError, oauthError } from './scripts.ts';

const TOKEN = '{{token_endpoint}}';
const client = { client_id: '{{client_id}}' };

/** Errors of the FHIR API: docs/developers/errors.md. */
const FHIR: readonly Item[] = [
  get('No token', '{{base}}/Patient', fhirError('token-missing'), { auth: 'none' }),
  get('A token that is none', '{{base}}/Patient', fhirError('token-invalid'), {
    auth: 'none',
    header: [{ key: 'Authorization', value: 'Bearer nothing' }],
  }),
  get('A date that is none', '{{base}}/Encounter?date=yesterday', fhirError('parameter-invalid')),
  get('A modifier that is not there', '{{base}}/Condition?code:text=flu', fhirError('parameter-unsupported')),
  get('A next link that was changed', '{{base}}/Condition?_cursor=abc', fhirError('cursor-invalid')),
  get('Another member', '{{base}}/Condition?patient=Patient/somebody-else', fhirError('member-other')),
  get('Two types at once', '{{base}}?_type=Condition,Observation', fhirError('request-too-wide')),
  get('An id that nobody has', '{{base}}/Condition/nobody-has-this', fhirError('not-found')),
  get('A type with a mistake in it', '{{base}}/Conditions', fhirError('not-found')),
  get('A write', '{{base}}/Patient/{{patient}}', fhirError('method-unsupported'), { method: 'DELETE' }),
  get('XML', '{{base}}/Patient', fhirError('format-unsupported'), {
    header: [{ key: 'Accept', value: 'application/fhir+xml' }],
  }),
  postRaw(
    'A search in JSON',
    '{{base}}/Patient/_search',
    'application/json',
    '{"name":"Ada"}',
    { after: fhirError('media-type-unsupported') },
    'access token',
  ),
];

/** Errors of the authorization server. */
const OAUTH: readonly Item[] = [
  postForm(
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
  postForm(
    'A client that is unknown',
    TOKEN,
    { grant_type: 'refresh_token', refresh_token: '{{refresh_token}}', client_id: 'unknown' },
    { after: oauthError('client-authentication-failed') },
  ),
  postForm(
    'A grant type that is not there',
    TOKEN,
    { grant_type: 'password', username: '{{login}}', password: 'no', ...client },
    { after: oauthError('grant-type-unsupported') },
  ),
  postRaw(
    'A redirect address that cannot be registered',
    '{{registration_endpoint}}',
    'application/json',
    '{"client_name":"Postman","redirect_uris":["http://app.example/callback"]}',
    { after: oauthError('registration-redirect-uri-invalid') },
  ),
];

export const ERROR_REQUESTS: readonly Item[] = [...FHIR, ...OAUTH];
