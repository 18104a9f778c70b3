/**
 * The errors of this API. Each has a stable code, on which apps may rely, and an explanation. HTTP statuses, issue
 * codes and the documentation come from this table: docs/developers/errors.md, and the page to which every error links. Errors that
 * only the authorization server has are in oauth-errors.ts; the documentation has both.
 */
import { OAUTH_ERRORS, type OAuthErrorCode } from './oauth-errors.ts';

/** The codes of http://hl7.org/fhir/issue-type that this API uses. */
export type IssueCode =
  | 'invalid'
  | 'not-supported'
  | 'not-found'
  | 'deleted'
  | 'login'
  | 'forbidden'
  | 'throttled'
  | 'transient'
  | 'exception'
  | 'timeout'
  | 'too-long'
  | 'too-costly';

interface ErrorRow {
  /** HTTP status */
  status: number;
  issue: IssueCode;
  /** what happened */
  means: string;
  /** what an app does about it */
  remedy: string;
  /** what it takes besides the requests of an app; absent: the Postman collection provokes it */
  takes?: string;
}

/** The system of the codes in `OperationOutcome.issue.details`. */
export const ERROR_SYSTEM = 'urn:payer-patient-access:error';

const rows = {
  'request-invalid': {
    status: 400,
    issue: 'invalid',
    means:
      'The server cannot read the request: bad percent-encoding, a malformed body, a JSON key or a Host header that comes twice, text that is not UTF-8, or a token in two places.',
    remedy: 'This is a fault of the app. Do not repeat the request unchanged.',
  },
  'parameter-invalid': {
    status: 400,
    issue: 'invalid',
    means: 'The value of a parameter is not valid. `location` names the parameter.',
    remedy: 'Correct the value. The CapabilityStatement says of which kind each parameter is.',
  },
  'parameter-unsupported': {
    status: 400,
    issue: 'not-supported',
    means:
      'A parameter, modifier, chain or include is not supported. If the server left it out, you would get more than you asked for. `location` names it.',
    remedy: 'Leave it out and filter in the app, or search in another way.',
  },
  'cursor-invalid': {
    status: 400,
    issue: 'invalid',
    means:
      'A next link was changed, is older than ten minutes, or was given to another app, member or grant.',
    remedy: 'Start the search again from its first page.',
  },
  'result-too-large': {
    status: 400,
    issue: 'too-costly',
    means: 'The answer would be too large (more than 5 MB, or more than 1,000 included resources of a type).',
    remedy: 'Ask with a smaller `_count`, or with fewer includes.',
    takes: 'a member whose record is that large',
  },
  'search-too-costly': {
    status: 400,
    issue: 'too-costly',
    means:
      'The search would have to read too much. In a directory or a formulary a chain matches more than 500 resources, or the search has more than four such chains. In the audit trail of a plan the search goes through too many events.',
    remedy:
      '`diagnostics` says what to narrow: the value of a chain, for example with `:exact`; in the audit trail the date with `date=ge…`, or the member with `patient`.',
    takes: 'a plan with a directory or a formulary, or the role of an auditor of the plan and a large trail',
  },
  'token-missing': {
    status: 401,
    issue: 'login',
    means: 'There is no access token in the Authorization header.',
    remedy: 'Send `Authorization: Bearer …`.',
  },
  'token-invalid': {
    status: 401,
    issue: 'login',
    means: 'The access token has expired, was revoked, or is for another plan.',
    remedy: 'Refresh once and try again. If the refresh is refused, the member has to agree again.',
  },
  'proof-invalid': {
    status: 401,
    issue: 'login',
    means:
      'The access token is bound to a key (DPoP), and the request does not prove that its sender holds this key.',
    remedy:
      'Send the token with the scheme `DPoP`, and with a proof made with that key. Each request needs a new proof, and so does a retry.',
  },
  'scope-insufficient': {
    status: 403,
    issue: 'forbidden',
    means:
      'The access token does not allow this request. If a scope would allow it, `diagnostics` and the `scope` of WWW-Authenticate name that scope.',
    remedy: 'Offer only what the granted scopes allow, or ask the member for more in a new authorization.',
  },
  'member-other': {
    status: 403,
    issue: 'forbidden',
    means:
      'The request names another member than the token, or names the member by something other than an id. The server does not check whether that member exists.',
    remedy: 'Use the `patient` of the token response, or leave the parameter out.',
  },
  'request-too-wide': {
    status: 403,
    issue: 'forbidden',
    means:
      'The request is for a compartment (`{type}/{id}/{type}`) or for all types at once. No token allows that.',
    remedy: 'Search each type separately, or call `$everything` of the member.',
  },
  'not-found': {
    status: 404,
    issue: 'not-found',
    means:
      'There is no such resource, version or operation. A resource that belongs to another member or is withheld gets the same answer as one that does not exist.',
    remedy:
      'If the path names no type or operation of this API, `diagnostics` says what was probably meant. Otherwise drop the reference. The answers do not differ, so the reason cannot be found out.',
  },
  deleted: {
    status: 410,
    issue: 'deleted',
    means:
      'The plan has deleted this resource, for example because a claim was withdrawn. You could see it before; whoever could not gets `not-found`.',
    remedy:
      'Delete your copy. Earlier versions are still in `_history`. The resource may come back with a new version.',
    takes: 'a resource that the plan deleted after the app could read it',
  },
  'method-unsupported': {
    status: 405,
    issue: 'not-supported',
    means: 'The method is not supported here. `Allow` names the supported methods.',
    remedy:
      'Read with GET, and search with GET or `POST {type}/_search`. This API supports no writes and no batches.',
  },
  'format-unsupported': {
    status: 406,
    issue: 'not-supported',
    means:
      '`Accept` or `_format` excludes every available format: FHIR JSON, or the content of a document as it is stored.',
    remedy: 'Ask for `application/fhir+json`.',
  },
  'request-timeout': {
    status: 408,
    issue: 'timeout',
    means: 'The request did not arrive in time: its headers within 5 seconds, all of it within 10.',
    remedy: 'Try again on a new connection.',
    takes: 'a connection on which the client stops before the end of its request, which Postman never does',
  },
  'body-too-large': {
    status: 413,
    issue: 'too-long',
    means: 'The body is larger than 64 KiB.',
    remedy: 'Send less, for example fewer values in one search.',
  },
  'url-too-long': {
    status: 414,
    issue: 'too-long',
    means: 'The URL has 16,000 characters or more.',
    remedy: 'Search with `POST {type}/_search`.',
  },
  'media-type-unsupported': {
    status: 415,
    issue: 'not-supported',
    means: 'The media type of the body is not supported here.',
    remedy: 'Send `application/x-www-form-urlencoded`. Operations also take a Parameters resource.',
  },
  'host-unknown': {
    status: 421,
    issue: 'not-found',
    means: 'The request names a host that is not this server.',
    remedy: 'Use the FHIR base as it was given to you.',
  },
  'headers-too-large': {
    status: 431,
    issue: 'too-long',
    means: 'The headers of the request are too large.',
    remedy: 'Send fewer or shorter headers, for example fewer cookies.',
  },
  throttled: {
    status: 429,
    issue: 'throttled',
    means: 'Too many requests.',
    remedy: 'Wait as long as `Retry-After` says. The token is still valid.',
  },
  'server-error': {
    status: 500,
    issue: 'exception',
    means: 'Something went wrong on the server.',
    remedy: 'Report it with the request id.',
    takes: 'a fault in the server',
  },
  unavailable: {
    status: 503,
    issue: 'transient',
    means: 'The server cannot answer now. It never sends a part of an answer in place of the whole.',
    remedy: 'Try again after `Retry-After`, a few times, with growing pauses.',
    takes: 'a part of the server that does not answer',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;
export const ERRORS: Readonly<Record<ErrorCode, ErrorRow>> = rows;

/** The path of the page about errors, below the public host. */
export const ERRORS_PATH = 'docs/errors';

/** @param publicUrl scheme and host that clients see */
export const errorHelp = (publicUrl: string, code: ErrorCode | OAuthErrorCode): string =>
  `${publicUrl}/${ERRORS_PATH}#${code}`;

/** An error as its documentation says it. */
export interface ErrorEntry {
  code: ErrorCode | OAuthErrorCode;
  status: number;
  /** `OperationOutcome.issue.code`, or the values of OAuth's `error` */
  words: readonly string[];
  means: string;
  remedy: string;
  takes?: string;
}

/** Every error that there is, for the page, docs/developers/errors.md and the test that provokes each. */
export const ERROR_ENTRIES: { readonly fhir: readonly ErrorEntry[]; readonly oauth: readonly ErrorEntry[] } =
  {
    fhir: (Object.keys(ERRORS) as ErrorCode[]).map((code) => ({
      code,
      ...ERRORS[code],
      words: [ERRORS[code].issue],
    })),
    oauth: (Object.keys(OAUTH_ERRORS) as OAuthErrorCode[]).map((code) => ({
      code,
      ...OAUTH_ERRORS[code],
      words: [OAUTH_ERRORS[code].error].flat(),
    })),
  };

/**
 * The error for a refusal by the web server itself, by its status.
 * @returns undefined for a status that this API does not use
 */
export function errorOfStatus(status: number): ErrorCode | undefined {
  const known: readonly ErrorCode[] = [
    'request-invalid',
    'not-found',
    'method-unsupported',
    'request-timeout',
    'body-too-large',
    'url-too-long',
    'headers-too-large',
    'media-type-unsupported',
  ];
  return known.find((code) => ERRORS[code].status === status);
}
