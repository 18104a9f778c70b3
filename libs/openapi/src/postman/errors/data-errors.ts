/** Mistakes in requests for data. */
import { type CollectionItem, getRequest, postRawRequest, withScriptBefore } from '../request.ts';
import { fhirError } from '../scripts.ts';

/** Longer than the server takes: docs/developers/limits.md. */
const setLong = (length: number): string => `pm.variables.set('long', 'x'.repeat(${length}));`;

export const CREDENTIAL_ERRORS: readonly CollectionItem[] = [
  getRequest('No token', '{{base}}/Patient', fhirError('token-missing'), { auth: 'none' }),
  getRequest('A token that is none', '{{base}}/Patient', fhirError('token-invalid'), {
    auth: 'none',
    header: [{ key: 'Authorization', value: 'Bearer nothing' }],
  }),
  getRequest(
    'A token in two places',
    '{{base}}/Patient?access_token={{access_token}}',
    fhirError('request-invalid'),
  ),
];

export const SEARCH_ERRORS: readonly CollectionItem[] = [
  getRequest('A date that is none', '{{base}}/Encounter?date=yesterday', fhirError('parameter-invalid')),
  getRequest(
    'A modifier that is not there',
    '{{base}}/Condition?code:text=flu',
    fhirError('parameter-unsupported'),
  ),
  getRequest('A next link that was changed', '{{base}}/Condition?_cursor=abc', fhirError('cursor-invalid')),
  getRequest('Another member', '{{base}}/Condition?patient=Patient/somebody-else', fhirError('member-other')),
  getRequest('Two types at once', '{{base}}?_type=Condition,Observation', fhirError('request-too-wide')),
];

export const PATH_ERRORS: readonly CollectionItem[] = [
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
  getRequest('Another host', '{{base}}/Patient', fhirError('host-unknown'), {
    header: [{ key: 'Host', value: 'ehr.example' }],
  }),
];

export const SIZE_ERRORS: readonly CollectionItem[] = [
  postRawRequest(
    'A body of 70 KB',
    '{{base}}/Condition/_search',
    'application/x-www-form-urlencoded',
    'code={{long}}',
    { before: setLong(70_000), after: fhirError('body-too-large') },
    'access token',
  ),
  withScriptBefore(
    setLong(17_000),
    getRequest('A URL of 17,000 characters', '{{base}}/Condition?code={{long}}', fhirError('url-too-long')),
  ),
  withScriptBefore(
    setLong(60_000),
    getRequest('Headers of 60 KB', '{{base}}/Condition', fhirError('headers-too-large'), {
      header: [{ key: 'X-Long', value: '{{long}}' }],
    }),
  ),
];
