/** Error codes: RFC 7591 section 3.2.2, RFC 6750 section 3.1, and `temporarily_unavailable` of RFC 6749. */
type Code =
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'unapproved_software_statement'
  | 'invalid_token'
  | 'temporarily_unavailable';

/** A registration is refused. The message is for the app's developer. */
export class RegistrationError extends Error {
  override name = 'RegistrationError';
  readonly status: number;
  readonly code: Code;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: Code, description: string, headers: Record<string, string> = {}) {
    // RFC 6749 section 5.2: printable ASCII without quotation mark and backslash.
    super(description.replaceAll('"', "'").replace(/[^\x20-\x7e]|\\/g, '?'));
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const invalidMetadata = (description: string): RegistrationError =>
  new RegistrationError(400, 'invalid_client_metadata', description);

export const invalidToken = (): RegistrationError =>
  new RegistrationError(401, 'invalid_token', 'the token is unknown, expired or used up', {
    'www-authenticate': 'Bearer error="invalid_token"',
  });
