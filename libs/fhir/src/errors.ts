/**
 * The errors of this API: a stable code for each, which apps may rely on, and what it means to them. Statuses, issue
 * codes and the documentation (docs/errors.md, and the page that every error links to) come from this table.
 */

/** http://hl7.org/fhir/issue-type, the part of it that this API says. */
export type IssueCode =
  | 'invalid'
  | 'not-supported'
  | 'not-found'
  | 'login'
  | 'forbidden'
  | 'throttled'
  | 'transient'
  | 'exception'
  | 'too-long'
  | 'too-costly';

interface ErrorRow {
  /** of HTTP */
  status: number;
  issue: IssueCode;
  /** what happened */
  means: string;
  /** what an app does about it */
  remedy: string;
}

/** The system of the codes in `OperationOutcome.issue.details`. */
export const ERROR_SYSTEM = 'urn:payer-patient-access:error';

const rows = {
  'request-invalid': {
    status: 400,
    issue: 'invalid',
    means: 'The request cannot be read: bad percent-encoding, a malformed body, a token in two places.',
    remedy: 'A fault of the app. Do not repeat it unchanged.',
  },
  'parameter-invalid': {
    status: 400,
    issue: 'invalid',
    means: 'A parameter has a value that it cannot have. `location` names the parameter.',
    remedy: 'Correct the value; the CapabilityStatement has the kind of each parameter.',
  },
  'parameter-unsupported': {
    status: 400,
    issue: 'not-supported',
    means:
      'A parameter, modifier, chain or include is not supported, and to leave it out would give more than was asked for. `location` names it.',
    remedy: 'Leave it out and select in the app, or ask in another way.',
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
    means: 'The answer would be larger than one answer may be (5 MB, or 1,000 included resources of a type).',
    remedy: 'Ask with a smaller `_count`, or with fewer includes.',
  },
  'search-too-costly': {
    status: 400,
    issue: 'too-costly',
    means: 'The search would have to look at more of the audit trail of a plan than there is time for.',
    remedy: 'Say since when, with `date=ge…`, or about whom, with `patient`.',
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
    means: 'The access token is expired, was revoked, or is meant for another plan.',
    remedy: 'Refresh once and try again. If the refresh is refused, the member has to agree again.',
  },
  'proof-invalid': {
    status: 401,
    issue: 'login',
    means:
      'The access token is bound to a key (DPoP), and the request does not prove that it comes from its holder.',
    remedy:
      'Send the token with the scheme `DPoP` and a new proof for each request, also for a retry, made with that key.',
  },
  'scope-insufficient': {
    status: 403,
    issue: 'forbidden',
    means:
      'The access token does not allow this. `diagnostics` and the `scope` of WWW-Authenticate name the scope that would, where one would.',
    remedy: 'Offer what the granted scopes allow, or ask the member for more in a new authorization.',
  },
  'member-other': {
    status: 403,
    issue: 'forbidden',
    means:
      'The request names another member than the one that the token is for, or names the member by something other than an id. Whether there is such a member is not looked at.',
    remedy: 'Use the `patient` of the token response, or leave the parameter out.',
  },
  'request-too-wide': {
    status: 403,
    issue: 'forbidden',
    means:
      'The request is for a compartment (`Patient/1/Observation`) or for all types at once. No token allows that.',
    remedy: 'Search each type by itself, or call `Patient/$everything`.',
  },
  'not-found': {
    status: 404,
    issue: 'not-found',
    means:
      'There is no such resource, version or operation. What belongs to another member, or is withheld, is the same as what does not exist.',
    remedy: 'Forget the reference. Do not look for a difference: there is none.',
  },
  'method-unsupported': {
    status: 405,
    issue: 'not-supported',
    means: 'The method is not supported here. `Allow` names those that are.',
    remedy:
      'Read with GET, search with GET or `POST {type}/_search`. This API takes no writes and no batches.',
  },
  'format-unsupported': {
    status: 406,
    issue: 'not-supported',
    means:
      'Neither `Accept` nor `_format` allows what there is: FHIR JSON, or the content of a document as it is stored.',
    remedy: 'Ask for `application/fhir+json`.',
  },
  'body-too-large': {
    status: 413,
    issue: 'too-long',
    means: 'The body is larger than 64 KiB.',
    remedy: 'Send less: fewer values in one search.',
  },
  'url-too-long': {
    status: 414,
    issue: 'too-long',
    means: 'The URL is too long.',
    remedy: 'Search with `POST {type}/_search`.',
  },
  'media-type-unsupported': {
    status: 415,
    issue: 'not-supported',
    means: 'The body is of a media type that is not read here.',
    remedy: 'Send `application/x-www-form-urlencoded`, or to operations a Parameters resource.',
  },
  'host-unknown': {
    status: 421,
    issue: 'not-found',
    means: 'The request names a host that this server does not answer for.',
    remedy: 'Use the FHIR base as it was given to you.',
  },
  throttled: {
    status: 429,
    issue: 'throttled',
    means: 'Too many requests.',
    remedy: 'Wait as long as `Retry-After` says. The token is still good.',
  },
  'server-error': {
    status: 500,
    issue: 'exception',
    means: 'Something went wrong on the server.',
    remedy: 'Report it with the request id.',
  },
  unavailable: {
    status: 503,
    issue: 'transient',
    means: 'The server cannot answer now. No part of an answer is sent in place of the whole.',
    remedy: 'Try again after `Retry-After`, a few times, ever more slowly.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;
export const ERRORS: Readonly<Record<ErrorCode, ErrorRow>> = rows;

/** Where the documentation of the errors is, below the public host. */
export const ERRORS_PATH = 'docs/errors';

/** @param publicUrl scheme and host that clients see */
export const errorHelp = (publicUrl: string, code: ErrorCode): string =>
  `${publicUrl}/${ERRORS_PATH}#${code}`;

/** What the web server itself refuses, by its status. @returns undefined for what is no refusal of ours */
export function errorOfStatus(status: number): ErrorCode | undefined {
  const known: readonly ErrorCode[] = [
    'request-invalid',
    'not-found',
    'method-unsupported',
    'body-too-large',
    'url-too-long',
    'media-type-unsupported',
  ];
  return known.find((code) => ERRORS[code].status === status);
}
