/** The errors of the API as exceptions, and the function that renders them. The table of errors is in errors.ts. */
import { ERROR_SYSTEM, type ErrorCode, errorHelp, ERRORS, type IssueCode } from './errors.ts';
import { type OAuthErrorCode, oauthText } from './oauth-errors.ts';

interface Details {
  /** the parameter that is at fault */
  parameter?: string;
  headers?: Record<string, string>;
  /** for the log and the audit trail, never for the client */
  cause?: unknown;
  /** for the audit trail, where it needs a more precise reason than the code of the error */
  reason?: string;
}

/** Ends a FHIR request with a status and an OperationOutcome. Clients of all kinds read `diagnostics`. */
export class OperationError extends Error {
  override name = 'OperationError';
  readonly error: ErrorCode;
  readonly status: number;
  readonly code: IssueCode;
  readonly details: Details;

  constructor(error: ErrorCode, diagnostics: string, details: Details = {}) {
    super(diagnostics, details.cause === undefined ? undefined : { cause: details.cause });
    this.error = error;
    this.status = ERRORS[error].status;
    this.code = ERRORS[error].issue;
    this.details = details;
  }

  /** The reason of this refusal in the audit trail. */
  get reason(): string {
    return this.details.reason ?? this.error;
  }
}

/** One protection space for the FHIR API of every plan (RFC 9110 section 11.5). */
const REALM = 'realm="patient-access"';

const bearer = (error: string, description: string, scope?: string) => ({
  'WWW-Authenticate': `Bearer ${REALM}, error="${error}", error_description="${description}"${scope ? `, scope="${scope}"` : ''}`,
});

/** An invalid value of a parameter; without a parameter, a request that cannot be read. */
export const invalid = (diagnostics: string, parameter?: string) =>
  new OperationError(parameter === undefined ? 'request-invalid' : 'parameter-invalid', diagnostics, {
    parameter,
  });

export const notSupported = (diagnostics: string, parameter: string) =>
  new OperationError('parameter-unsupported', diagnostics, { parameter });

/** @param reason for the trail, which distinguishes an expired cursor from one that belongs to another caller */
export const cursorInvalid = (parameter: string, reason: 'cursor-expired' | 'cursor-forged') =>
  new OperationError(
    'cursor-invalid',
    `${parameter}: not a cursor of this search, or expired. Start the search again.`,
    { parameter, reason },
  );

/** The answer would be larger than allowed. */
export const tooCostly = () =>
  new OperationError(
    'result-too-large',
    'This is too much for one answer. Ask for a smaller page, or for fewer includes.',
  );

/** The search would have to read too much. @param narrower how to narrow the search, as a sentence */
export const searchTooCostly = (narrower: string) =>
  new OperationError('search-too-costly', `This search would have to read too much. ${narrower}`);

/** The same because of a chain. @param says what is too much, and what to do @param chain as the client wrote it */
export const chainTooCostly = (says: string, chain: string) =>
  new OperationError('search-too-costly', `${chain}: ${says}`, { parameter: chain });

/**
 * No credential at all: challenges without an error code (RFC 6750 section 3.1).
 *
 * @param algorithms that proofs of DPoP may use
 */
export const loginRequired = (algorithms: readonly string[] = []) =>
  new OperationError(
    'token-missing',
    'This request needs an access token. Send Authorization: Bearer and the token.',
    {
      headers: {
        'WWW-Authenticate': `Bearer ${REALM}${algorithms.length > 0 ? `, DPoP ${REALM}, algs="${algorithms.join(' ')}"` : ''}`,
      },
    },
  );

/** @param says what is wrong with the request, where that can be seen without the token */
export const tokenInvalid = (
  says = 'The access token is not valid here: it is expired, revoked or meant for another server. Refresh once and try again.',
) =>
  new OperationError('token-invalid', says, {
    headers: bearer('invalid_token', 'The access token is expired, revoked or not meant for this server'),
  });

/**
 * A token is bound to a key, and the request has no valid proof (RFC 9449 section 7.1).
 *
 * @param algorithms that proofs may use
 * @param why `reason` for the trail, and `says` for the app's developer
 */
export const proofInvalid = (
  error: 'invalid_token' | 'invalid_dpop_proof',
  algorithms: readonly string[],
  { reason, says }: { reason: string; says: string },
) =>
  new OperationError(
    'proof-invalid',
    `The access token is bound to a key, and this request does not prove that it comes from its holder. ${says}`,
    {
      headers: { 'WWW-Authenticate': `DPoP ${REALM}, error="${error}", algs="${algorithms.join(' ')}"` },
      reason,
    },
  );

const REFUSED = 'The access token does not allow this request';

/**
 * Refuses a request. The text says nothing about the data, because the decision is made before any data is read.
 *
 * @param scope that would allow the request, if there is one
 */
export const forbidden = (reason: string, scope?: string) =>
  new OperationError('scope-insufficient', scope ? `${REFUSED}, which needs ${scope}.` : `${REFUSED}.`, {
    headers: bearer('insufficient_scope', REFUSED, scope),
    reason,
  });

/** The same for a request about another member, who need not exist. */
export const otherMember = (parameter: string) =>
  new OperationError('member-other', 'The access token is for one member, and this names another.', {
    headers: bearer('insufficient_scope', REFUSED),
    parameter,
  });

/** A request for several types at once. */
export const tooWide = () =>
  new OperationError(
    'request-too-wide',
    'Each type is searched by itself, and at the base of members with the `patient` of the token.',
    {
      headers: bearer('insufficient_scope', REFUSED),
    },
  );

/** The one answer for a resource that does not exist and for another member's. */
export const notFound = () => new OperationError('not-found', 'There is no such resource.');

/** The plan deleted a resource that this caller could see. */
export const gone = () =>
  new OperationError('deleted', 'The plan has deleted this resource. Delete your copy of it.');

/**
 * The path names something that this API does not have for anybody. The text depends on the path alone and never on
 * data, so it may say what is wrong.
 *
 * @param why a sentence that says what to do instead
 * @param parameter that names what is not there
 */
export const noSuchPath = (why: string, parameter?: string) =>
  new OperationError('not-found', why, { parameter });

/** There is nothing below this path, whoever asks (case F51). */
export const noSuchAddress = () =>
  noSuchPath(
    'There is nothing at this path. Begin with the FHIR base of the plan, as the plan gave it to you: scheme, host, and a path that ends with the name of the plan.',
  );

/** @param instead what to do, as a sentence */
export const methodNotAllowed = (allow: string, instead = `This path takes ${allow}.`) =>
  new OperationError('method-unsupported', `This method is not supported here. ${instead}`, {
    headers: { Allow: allow },
  });

export const notAcceptable = () =>
  new OperationError('format-unsupported', 'This is served as FHIR JSON (application/fhir+json).');

export const unsupportedMediaType = () =>
  new OperationError(
    'media-type-unsupported',
    'A body has to be application/x-www-form-urlencoded. Operations also take a Parameters resource (application/fhir+json).',
  );

export const urlTooLong = () => new OperationError('url-too-long', ERRORS['url-too-long'].means);

/** RFC 9110 sections 8.4.1 and 15.5.16: the answer says which codings it takes. */
export const contentEncoded = () =>
  new OperationError('media-type-unsupported', 'Bodies are taken as they are, without Content-Encoding.', {
    headers: { 'Accept-Encoding': 'identity' },
  });

export const hostUnknown = () =>
  new OperationError('host-unknown', 'This server does not answer for that host.');

/** Requests in a minute that are used up. */
interface UsedUpQuota {
  quota: string;
  /** what is allowed, as a sentence */
  says: string;
  /** that show it */
  headers: Readonly<Record<string, string>>;
}

/** @param seconds to wait @param used left out: too many requests at the same time */
export const throttled = (seconds: number, used?: UsedUpQuota) =>
  new OperationError('throttled', `Too many requests. ${used?.says ?? 'Try again later.'}`, {
    headers: { 'Retry-After': String(seconds), ...used?.headers },
    ...(used && { reason: `throttled-${used.quota}` }),
  });

export const unavailable = (cause?: unknown) =>
  new OperationError('unavailable', 'The server cannot answer right now. Try again in a moment.', {
    headers: { 'Retry-After': '2' },
    cause,
  });

export const internalError = (cause: unknown) =>
  new OperationError('server-error', 'Something went wrong on the server.', { cause });

/**
 * The body of an error answer. It holds the request id and a link to the documentation of the error. It does not hold
 * the cause.
 *
 * @param publicUrl scheme and host that clients see
 */
export function operationOutcome(error: OperationError, requestId: string, publicUrl: string): string {
  const { parameter } = error.details;
  const issue = {
    severity: 'error',
    code: error.code,
    details: { coding: [{ system: ERROR_SYSTEM, code: error.error }], text: ERRORS[error.error].means },
    diagnostics: `${error.message} (request ${requestId}) See ${errorHelp(publicUrl, error.error)}`,
    // The name of the parameter of an HTTP request (OperationOutcome.issue.location). Many clients read only this
    // element.
    ...(parameter && { location: [`http.${parameter}`], expression: [parameter] }),
  };
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: [issue] });
}

/**
 * The members of an error of the authorization server (RFC 6749 section 5.2), with the request id.
 *
 * @param error OAuth's word
 * @param description a sentence or more for the app's developer
 */
export const oauthErrorBody = (
  code: ErrorCode | OAuthErrorCode,
  error: string,
  description: string,
  { requestId, publicUrl }: { requestId: string; publicUrl: string },
) => ({
  error,
  error_description: oauthText(/[.!?]$/.test(description) ? description : `${description}.`),
  error_uri: errorHelp(publicUrl, code),
  request_id: requestId,
});
