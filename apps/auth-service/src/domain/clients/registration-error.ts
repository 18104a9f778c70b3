import { oauthText } from '@patient-access/fhir';

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
    super(oauthText(description));
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const invalidMetadata = (description: string): RegistrationError =>
  new RegistrationError(400, 'invalid_client_metadata', description);

export const invalidToken = (): RegistrationError =>
  new RegistrationError(
    401,
    'invalid_token',
    'The token is missing, unknown, expired or used up, or is of another client. Send Authorization: Bearer with the token that the plan gave you, or with the registration_access_token of this client.',
  );
