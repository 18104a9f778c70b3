/** The way of an app from discovery to the end of its access. */
import { getRequest, type CollectionItem, requestItem, postFormRequest, postRawRequest } from './request.ts';
import { memberSteps } from './member-steps.ts';
import { ARRIVED_WITH_CODE, fhirError, keepVariables, oauthError, STATUS_OK, statusIs } from './scripts.ts';

export const DISCOVERY_REQUESTS: readonly CollectionItem[] = [
  getRequest('CapabilityStatement', '{{base}}/metadata', STATUS_OK, { auth: 'none' }),
  getRequest(
    'SMART configuration',
    '{{base}}/.well-known/smart-configuration',
    `${STATUS_OK}
${keepVariables([
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'sandbox_endpoint',
])}`,
    { auth: 'none' },
  ),
];

const METADATA = {
  client_name: 'Postman',
  redirect_uris: ['{{redirect_uri}}'],
  token_endpoint_auth_method: 'none',
};

export const REGISTRATION_REQUESTS: readonly CollectionItem[] = [
  postRawRequest(
    'Register an app',
    '{{registration_endpoint}}',
    'application/json',
    JSON.stringify(METADATA),
    {
      after: `${statusIs(201)}\n${keepVariables(['client_id', 'registration_access_token', 'registration_client_uri'])}`,
    },
  ),
];

export const LOGIN_REQUESTS: readonly CollectionItem[] = [
  ...memberSteps({
    ask: 'Ask the member',
    press: 'agree',
    arrived: ARRIVED_WITH_CODE,
    next: 'Redeem the code',
  }),
  postFormRequest(
    'Redeem the code',
    '{{token_endpoint}}',
    {
      grant_type: 'authorization_code',
      code: '{{code}}',
      redirect_uri: '{{redirect_uri}}',
      client_id: '{{client_id}}',
      code_verifier: '{{code_verifier}}',
    },
    {
      after: `${STATUS_OK}
${keepVariables(['access_token', 'refresh_token', 'patient', 'scope'])}`,
    },
  ),
];

const AS_BUNDLE = `${STATUS_OK}
pm.test('is a Bundle', () => pm.expect(pm.response.json().resourceType).to.eql('Bundle'));`;

const AS_PAGES = `${AS_BUNDLE}
const next = (pm.response.json().link || []).find((link) => link.relation === 'next');
if (next) pm.collectionVariables.set('next', next.url);
else pm.execution.setNextRequest('Coverage');`;

export const FIRST_DATA_REQUESTS: readonly CollectionItem[] = [
  getRequest('The member', '{{base}}/Patient/{{patient}}', STATUS_OK),
  getRequest(
    'Claims, the first page',
    '{{base}}/ExplanationOfBenefit?_count=10&_sort=-service-date',
    AS_PAGES,
  ),
  getRequest('Claims, the next page', '{{next}}', AS_BUNDLE),
  getRequest('Coverage', '{{base}}/Coverage?_include=Coverage:payor', AS_BUNDLE),
  getRequest('Conditions', '{{base}}/Condition?_count=10', AS_BUNDLE),
  getRequest('Medicines', '{{base}}/MedicationRequest?_count=10', AS_BUNDLE),
  getRequest('Laboratory results', '{{base}}/Observation?category=laboratory&_count=10', AS_BUNDLE),
  getRequest(
    'The whole record, the first page',
    '{{base}}/Patient/{{patient}}/$everything?_count=20',
    AS_BUNDLE,
  ),
  getRequest('Who saw the data', '{{base}}/AuditEvent?_count=10', AS_BUNDLE),
];

const REFRESH_FORM = {
  grant_type: 'refresh_token',
  refresh_token: '{{refresh_token}}',
  client_id: '{{client_id}}',
};

export const REFRESH_REQUESTS: readonly CollectionItem[] = [
  postFormRequest('Refresh', '{{token_endpoint}}', REFRESH_FORM, {
    after: `${STATUS_OK}\n${keepVariables(['access_token', 'refresh_token', 'scope'])}`,
  }),
  getRequest('Read with the new token', '{{base}}/Patient/{{patient}}', STATUS_OK),
];

export const REVOCATION_REQUESTS: readonly CollectionItem[] = [
  postFormRequest(
    'Revoke',
    '{{revocation_endpoint}}',
    { token: '{{refresh_token}}', client_id: '{{client_id}}' },
    { after: STATUS_OK },
  ),
  postFormRequest('Refresh after that', '{{token_endpoint}}', REFRESH_FORM, {
    after: oauthError('consent-revoked'),
  }),
  requestItem(
    'Read after that',
    { method: 'GET', url: '{{base}}/Patient/{{patient}}', header: [] },
    {
      // The published time within which every gateway knows of a revocation.
      before: 'setTimeout(() => {}, 8000);',
      after: fhirError('token-invalid'),
    },
  ),
  requestItem(
    'Delete the registration',
    {
      method: 'DELETE',
      url: '{{registration_client_uri}}',
      header: [],
      auth: {
        type: 'bearer',
        bearer: [{ key: 'token', value: '{{registration_access_token}}', type: 'string' }],
      },
    },
    { after: statusIs(204) },
  ),
];
