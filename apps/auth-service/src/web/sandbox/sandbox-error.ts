/** Ends a request to the sandbox with an error response as in RFC 6749 section 5.2. */
export class SandboxError extends Error {
  readonly status: number;
  readonly error: string;
  readonly headers: Record<string, string>;

  constructor(status: number, error: string, description: string, headers: Record<string, string> = {}) {
    super(description);
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

/** RFC 6750 section 3.1 */
export const invalidSandboxToken = () =>
  new SandboxError(401, 'invalid_token', 'the access token of a member’s app is needed', {
    'WWW-Authenticate': 'Bearer error="invalid_token"',
  });

export const invalidRequest = (description: string) => new SandboxError(400, 'invalid_request', description);

export const invalidScope = (description: string) => new SandboxError(400, 'invalid_scope', description);

export const tooSoon = (seconds: number) =>
  new SandboxError(429, 'temporarily_unavailable', 'the keys were rotated a moment ago', {
    'Retry-After': String(seconds),
  });
