import type { ErrorCode, OAuthErrorCode } from '@patient-access/fhir';
import { NOTHING_HERE } from '../../provider/endpoints/not-found.ts';
import { bearerChallenge } from '../../provider/tokens/bearer-token.ts';

/** Ends a request to the sandbox with an error response as in RFC 6749 section 5.2. */
export class SandboxError extends Error {
  readonly status: number;
  readonly error: string;
  /** to which the link of the answer leads */
  readonly code: ErrorCode | OAuthErrorCode;
  readonly headers: Record<string, string>;

  constructor(
    { status, error, code }: { status: number; error: string; code: ErrorCode | OAuthErrorCode },
    description: string,
    headers: Record<string, string> = {},
  ) {
    super(description);
    this.status = status;
    this.error = error;
    this.code = code;
    this.headers = headers;
  }
}

/** RFC 6750 section 3.1 */
export const invalidSandboxToken = (authorization: string | undefined) =>
  new SandboxError(
    { status: 401, error: 'invalid_token', code: 'token-invalid' },
    'Send Authorization: Bearer with a live access token of an app that a member has agreed to. A token that is bound to a key is not accepted here.',
    bearerChallenge('sandbox', authorization),
  );

export const invalidRequest = (description: string) =>
  new SandboxError({ status: 400, error: 'invalid_request', code: 'sandbox-request-invalid' }, description);

export const invalidScope = (description: string) =>
  new SandboxError({ status: 400, error: 'invalid_scope', code: 'sandbox-request-invalid' }, description);

/** The same where there is no sandbox, and for every path that does not exist there. */
export const noSuchFault = () =>
  new SandboxError({ status: 404, error: 'not_found', code: 'not-found' }, NOTHING_HERE);

export const methodOfFault = (allow: string) =>
  new SandboxError(
    { status: 405, error: 'invalid_request', code: 'method-unsupported' },
    `This fault takes ${allow}.`,
    { Allow: allow },
  );

export const tooSoon = (seconds: number) =>
  new SandboxError(
    { status: 429, error: 'temporarily_unavailable', code: 'throttled' },
    'The keys were rotated a moment ago. Wait as long as Retry-After says.',
    { 'Retry-After': String(seconds) },
  );
