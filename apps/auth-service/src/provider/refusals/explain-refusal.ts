/**
 * What an error of oidc-provider means to an app's developer. oidc-provider tells most reasons only to the log
 * (`error_detail`); they are found here by its own words. A word that an upgrade changes is answered with what OAuth's
 * `error` alone says, and the test of mistakes turns red.
 */
import { OAUTH_ERRORS, type OAuthErrorCode, ERRORS, type ErrorCode } from '@patient-access/fhir';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { CLIENT_WORDS } from './client-words.ts';
import { FORM_WORDS } from './form-words.ts';
import { GRANT_WORDS } from './grant-words.ts';
import { listed, type RefusalWords, type RefusalCode } from './refusal.ts';

/** What oidc-provider's errors have beside `message`. */
export interface ProviderError {
  error?: string;
  error_description?: string;
  error_detail?: string;
  /** of `invalid_scope` and `insufficient_scope`: the scopes at fault */
  scope?: string;
}

const WORDS = [...CLIENT_WORDS, ...GRANT_WORDS, ...FORM_WORDS];

/** By status, where that says all. */
const BY_STATUS: Readonly<Record<number, RefusalCode>> = {
  404: 'not-found',
  405: 'method-unsupported',
  413: 'body-too-large',
  415: 'media-type-unsupported',
  429: 'throttled',
  500: 'server-error',
  503: 'unavailable',
};

/** By OAuth's word, where nothing else is known. */
const BY_ERROR: Readonly<Record<string, RefusalCode>> = {
  invalid_client: 'client-authentication-failed',
  invalid_grant: 'grant-invalid',
  invalid_scope: 'scope-invalid',
  invalid_target: 'audience-wrong',
  invalid_redirect_uri: 'redirect-uri-unregistered',
  invalid_request_uri: 'request-uri-invalid',
  invalid_dpop_proof: 'dpop-proof-invalid',
  invalid_token: 'token-invalid',
  insufficient_scope: 'scope-insufficient',
  unsupported_grant_type: 'grant-type-unsupported',
  unauthorized_client: 'grant-type-not-allowed',
  unsupported_response_type: 'response-type-unsupported',
  unsupported_response_mode: 'response-mode-unsupported',
  request_not_supported: 'request-object-unsupported',
  request_uri_not_supported: 'request-object-unsupported',
  registration_not_supported: 'request-object-unsupported',
  invalid_request_object: 'request-object-unsupported',
  login_required: 'login-needed',
  consent_required: 'login-needed',
  interaction_required: 'login-needed',
  access_denied: 'access-denied',
};

/** Does a definition have this word of OAuth? Definitions of the FHIR API have any. */
export const isAnsweredWith = (code: RefusalCode, error: string): boolean =>
  !(code in OAUTH_ERRORS) || [OAUTH_ERRORS[code as OAuthErrorCode].error].flat().includes(error);

/** What the documentation says of an error, as a sentence of an answer. */
const meaning = (code: RefusalCode): string =>
  (code in OAUTH_ERRORS ? OAUTH_ERRORS[code as OAuthErrorCode] : ERRORS[code as ErrorCode]).means.replaceAll(
    '`',
    '',
  );

/** It does not begin with a capital: its first word may be the name of a parameter, which stays as it is written. */
const asSentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** @returns the refusal, if the reason of oidc-provider is a known one */
export function knownWords(
  ctx: KoaContextWithOIDC,
  { error_detail: detail, error_description: description }: ProviderError = {},
): RefusalWords | undefined {
  for (const text of [detail, description]) {
    if (text === undefined) continue;
    for (const [words, code, says] of WORDS) {
      const found = words.exec(text);
      if (found) return { code, says: typeof says === 'string' ? says : says(found, ctx) };
    }
  }
  return undefined;
}

/** @returns the refusal where the status says all */
export function byStatus({ status, description }: Answered): RefusalWords | undefined {
  const code = BY_STATUS[status];
  return code && { code, says: description === undefined ? meaning(code) : asSentence(description) };
}

/** Status and OAuth's word of an answer. */
interface Answered {
  status: number;
  error: string;
  description?: string;
}

const codeOf = ({ error }: Answered): RefusalCode => BY_ERROR[error] ?? 'oauth-request-invalid';

/**
 * @param answered status and OAuth's word of the answer, which may have been corrected since the error was thrown
 * @param error what was thrown, if anything
 */
export function explainRefusal(
  ctx: KoaContextWithOIDC,
  answered: Answered,
  error: ProviderError = {},
): RefusalWords {
  const known = knownWords(ctx, error);
  if (known) return isAnsweredWith(known.code, answered.error) ? known : { ...known, code: codeOf(answered) };
  const code = codeOf(answered);
  const description = error.error_description ?? answered.description;
  // Of these the description of oidc-provider says less than ours.
  const ours =
    description === undefined ||
    /^(?:grant request is invalid|client authentication failed)$/.test(description);
  const about = error.scope ? ` It is about: ${listed(error.scope)}.` : '';
  return { code, says: (ours ? meaning(code) : asSentence(description)) + about };
}
