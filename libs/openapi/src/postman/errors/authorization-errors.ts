/** Mistakes in authorization requests. The plan has not checked this app, so the person sees the answer as a page. */
import type { OAuthErrorCode } from '@patient-access/fhir';
import { authorizationUrl, inBrowser } from '../member-steps.ts';
import { type CollectionItem, getRequest } from '../request.ts';
import { pageError } from '../scripts.ts';

const PUSHED = 'urn:ietf:params:oauth:request_uri:unknown';

/** What differs from a right request. */
const ROWS: readonly (readonly [name: string, code: OAuthErrorCode, change: Record<string, string>])[] = [
  ['A client_id that nobody has', 'client-unknown', { client_id: 'nobody' }],
  [
    'A redirect_uri that is not registered',
    'redirect-uri-unregistered',
    { redirect_uri: 'https://app.example/callback' },
  ],
  ['A prompt that is not there', 'authorization-invalid', { prompt: 'select_account' }],
  ['aud of another server', 'audience-wrong', { aud: 'https://ehr.example/fhir' }],
  ['PKCE with plain', 'pkce-invalid', { code_challenge_method: 'plain' }],
  ['The implicit flow', 'response-type-unsupported', { response_type: 'token' }],
  ['response_mode=form_post', 'response-mode-unsupported', { response_mode: 'form_post' }],
  ['A request object', 'request-object-unsupported', { request: 'eyJ.eyJ.x' }],
  ['A pushed request that is not there', 'request-uri-invalid', { request_uri: PUSHED }],
  ['A scope in the wrong order', 'scope-invalid', { scope: 'launch/patient patient/Observation.sr' }],
  ['A launch that nobody opened', 'launch-invalid', { launch: 'abc', scope: 'launch patient/*.rs' }],
  ['prompt=none, without an agreement', 'login-needed', { prompt: 'none' }],
];

export const AUTHORIZATION_ERRORS: readonly CollectionItem[] = ROWS.map(([name, code, change]) =>
  inBrowser(getRequest(name, authorizationUrl(change), pageError(code), { auth: 'none' })),
);
