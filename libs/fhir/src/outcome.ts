/** Errors as vocabulary: one class, named constructors, rendered in one place. */

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

interface Details {
  /** the parameter, header or element at fault */
  expression?: string;
  headers?: Record<string, string>;
  /** for the log and the audit trail, never for the client */
  cause?: unknown;
  /** short code for the audit trail */
  reason?: string;
}

/** Ends a FHIR request with a status and an OperationOutcome. `diagnostics` is read by strangers. */
export class OperationError extends Error {
  override name = 'OperationError';
  readonly status: number;
  readonly code: IssueCode;
  readonly details: Details;

  constructor(status: number, code: IssueCode, diagnostics: string, details: Details = {}) {
    super(diagnostics, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

const bearer = (error: string, description: string) => ({
  'WWW-Authenticate': `Bearer error="${error}", error_description="${description}"`,
});

export const invalid = (diagnostics: string, expression?: string) =>
  new OperationError(400, 'invalid', diagnostics, { expression, reason: 'invalid' });

export const notSupported = (diagnostics: string, expression?: string) =>
  new OperationError(400, 'not-supported', diagnostics, { expression, reason: 'not-supported' });

/** What was asked for is more than one answer may hold. */
export const tooCostly = () =>
  new OperationError(
    400,
    'too-costly',
    'This is too much for one answer. Ask for a smaller page, or for less beside it.',
    {
      reason: 'too-costly',
    },
  );

/** No credential at all: a challenge without an error code (RFC 6750 section 3.1). */
export const loginRequired = () =>
  new OperationError(401, 'login', 'This request needs a bearer access token.', {
    headers: { 'WWW-Authenticate': 'Bearer' },
    reason: 'no-token',
  });

export const tokenInvalid = () =>
  new OperationError(
    401,
    'login',
    'The access token is not valid here: it is expired, revoked or meant for another server.',
    {
      headers: bearer('invalid_token', 'The access token is expired, revoked or not meant for this server'),
      reason: 'invalid-token',
    },
  );

/** Says nothing about the data: decided before any was looked at. */
export const forbidden = (reason: string) =>
  new OperationError(403, 'forbidden', 'The access token does not allow this request.', {
    headers: bearer('insufficient_scope', 'The access token does not allow this request'),
    reason,
  });

/** One answer for what does not exist and for what is not yours. */
export const notFound = () =>
  new OperationError(404, 'not-found', 'There is no such resource.', { reason: 'not-found' });

export const methodNotAllowed = (allow: string) =>
  new OperationError(405, 'not-supported', 'This method is not supported here.', {
    headers: { Allow: allow },
    reason: 'not-supported',
  });

export const notAcceptable = () =>
  new OperationError(406, 'not-supported', 'Only FHIR JSON (application/fhir+json) is served.', {
    reason: 'not-supported',
  });

export const unsupportedMediaType = () =>
  new OperationError(415, 'not-supported', 'A search body has to be application/x-www-form-urlencoded.', {
    reason: 'not-supported',
  });

export const unavailable = (cause?: unknown) =>
  new OperationError(503, 'transient', 'The server cannot answer right now. Try again in a moment.', {
    headers: { 'Retry-After': '2' },
    cause,
    reason: 'unavailable',
  });

export const internalError = (cause: unknown) =>
  new OperationError(500, 'exception', 'Something went wrong on the server.', { cause, reason: 'exception' });

/** The body of an error answer. Carries the request id, and nothing of the cause. */
export function operationOutcome(error: OperationError, requestId: string): string {
  const issue = {
    severity: 'error',
    code: error.code,
    diagnostics: `${error.message} (request ${requestId})`,
    ...(error.details.expression && { expression: [error.details.expression] }),
  };
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: [issue] });
}
