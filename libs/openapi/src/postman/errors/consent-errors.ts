/**
 * Mistakes with a code or a token of a member. A consent that a mistake ends is one of its own, so that the folders
 * after these go on with the first one.
 */
import { memberSteps } from '../member-steps.ts';
import { ADD_PROOF } from '../proof.ts';
import { type CollectionItem, getRequest, postFormRequest } from '../request.ts';
import {
  ARRIVED_WITH_CODE,
  arrivedWithError,
  fhirError,
  keepVariablesAs,
  oauthError,
  STATUS_OK,
} from '../scripts.ts';

const TOKEN = '{{token_endpoint}}';
const client = { client_id: '{{client_id}}' };
const CODE = {
  grant_type: 'authorization_code',
  code: '{{code}}',
  redirect_uri: '{{redirect_uri}}',
  code_verifier: '{{code_verifier}}',
  ...client,
};
const { code_verifier: _, ...WITHOUT_VERIFIER } = CODE;

const refresh = (token: string) => ({
  grant_type: 'refresh_token',
  refresh_token: `{{${token}}}`,
  ...client,
});

const asToken = (token: string) => ({
  auth: 'none' as const,
  header: [{ key: 'Authorization', value: `Bearer {{${token}}}` }],
});

export const DENIED: readonly CollectionItem[] = memberSteps({
  ask: 'Ask a member who says no',
  suffix: ', to say no',
  press: 'deny',
  arrived: arrivedWithError('access-denied'),
  next: 'Ask for a code to make mistakes with',
});

export const CODE_ERRORS: readonly CollectionItem[] = [
  ...memberSteps({
    ask: 'Ask for a code to make mistakes with',
    suffix: ', for that code',
    press: 'agree',
    arrived: ARRIVED_WITH_CODE,
    next: 'No code_verifier',
  }),
  postFormRequest('No code_verifier', TOKEN, WITHOUT_VERIFIER, {
    after: oauthError('code-verifier-missing'),
  }),
  postFormRequest(
    'The verifier of another request',
    TOKEN,
    { ...CODE, code_verifier: 'x'.repeat(43) },
    { after: oauthError('code-verifier-wrong') },
  ),
  postFormRequest(
    'Another redirect_uri than before',
    TOKEN,
    { ...CODE, redirect_uri: 'http://127.0.0.1:53210/other' },
    { after: oauthError('redirect-uri-different') },
  ),
  postFormRequest('Redeem the code with a key', TOKEN, CODE, {
    before: ADD_PROOF,
    after: `${STATUS_OK}
${keepVariablesAs({ access_token: 'bound_access_token', refresh_token: 'bound_refresh_token' })}`,
  }),
  getRequest(
    'A bound token without a proof',
    '{{base}}/Patient',
    fhirError('proof-invalid'),
    asToken('bound_access_token'),
  ),
  postFormRequest('A bound refresh token without a proof', TOKEN, refresh('bound_refresh_token'), {
    after: oauthError('dpop-key-wrong'),
  }),
  postFormRequest('A code twice', TOKEN, CODE, { after: oauthError('code-used') }),
];

export const REFRESH_ERRORS: readonly CollectionItem[] = [
  ...memberSteps({
    ask: 'Ask for less',
    suffix: ', for less',
    scope: 'launch/patient offline_access patient/Observation.rs',
    press: 'agree',
    arrived: ARRIVED_WITH_CODE,
    next: 'Redeem the code for less',
  }),
  postFormRequest('Redeem the code for less', TOKEN, CODE, {
    after: `${STATUS_OK}
${keepVariablesAs({ access_token: 'narrow_access_token', refresh_token: 'first_refresh_token' })}`,
  }),
  getRequest(
    'A type that the token does not open',
    '{{base}}/Condition',
    fhirError('scope-insufficient'),
    asToken('narrow_access_token'),
  ),
  postFormRequest('Refresh once', TOKEN, refresh('first_refresh_token'), {
    after: `${STATUS_OK}\n${keepVariablesAs({ refresh_token: 'second_refresh_token' })}`,
  }),
  postFormRequest('Refresh again', TOKEN, refresh('second_refresh_token'), { after: STATUS_OK }),
  postFormRequest('An old refresh token', TOKEN, refresh('first_refresh_token'), {
    after: oauthError('refresh-token-used'),
  }),
];

const withToken = [{ key: 'Authorization', value: 'Bearer {{access_token}}' }];

export const SANDBOX_ERRORS: readonly CollectionItem[] = [
  postFormRequest(
    'A fault for no time',
    '{{sandbox_endpoint}}/throttle',
    { seconds: 'abc' },
    { after: oauthError('sandbox-request-invalid') },
    withToken,
  ),
  postFormRequest(
    'Be throttled',
    '{{sandbox_endpoint}}/throttle',
    { seconds: '60' },
    { after: STATUS_OK },
    withToken,
  ),
  getRequest('Too many requests', '{{base}}/Patient/{{patient}}', fhirError('throttled')),
  postFormRequest('Be throttled no more', '{{sandbox_endpoint}}/clear', {}, { after: STATUS_OK }, withToken),
];
