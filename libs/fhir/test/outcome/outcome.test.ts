import { describe, expect, it } from '@jest/globals';
import { ERRORS, type ErrorCode } from '../../src/errors.ts';
import * as outcome from '../../src/outcome.ts';

const PUBLIC_URL = 'https://plan.example';
const CANARY = new Error('canary');

/** An error with each code. Every code has to be in use. */
const SAID: Record<ErrorCode, outcome.OperationError> = {
  'request-invalid': outcome.invalid('wrong'),
  'parameter-invalid': outcome.invalid('wrong', 'name'),
  'parameter-unsupported': outcome.notSupported('not here', 'name'),
  'cursor-invalid': outcome.cursorInvalid('_cursor', 'cursor-forged'),
  'result-too-large': outcome.tooCostly(),
  'search-too-costly': outcome.searchTooCostly('Say since when.'),
  'token-missing': outcome.loginRequired(),
  'token-invalid': outcome.tokenInvalid(),
  'proof-invalid': outcome.proofInvalid('invalid_dpop_proof', ['ES256'], {
    reason: 'proof-used',
    says: 'Used before.',
  }),
  'scope-insufficient': outcome.forbidden('wrong-tenant', 'patient/Observation.r'),
  'member-other': outcome.otherMember('patient'),
  'request-too-wide': outcome.tooWide(),
  'not-found': outcome.notFound(),
  deleted: outcome.gone(),
  'method-unsupported': outcome.methodNotAllowed('GET, HEAD'),
  'format-unsupported': outcome.notAcceptable(),
  'request-timeout': new outcome.OperationError('request-timeout', 'too slow'),
  'body-too-large': new outcome.OperationError('body-too-large', 'too large'),
  'url-too-long': outcome.urlTooLong(),
  'headers-too-large': new outcome.OperationError('headers-too-large', 'too large'),
  'media-type-unsupported': outcome.unsupportedMediaType(),
  'host-unknown': outcome.hostUnknown(),
  throttled: outcome.throttled(7),
  'server-error': outcome.internalError(CANARY),
  unavailable: outcome.unavailable(CANARY),
};

describe('an error', () => {
  it.each(Object.entries(SAID))(
    'F55: %s is an OperationOutcome with a stable code, a link to help and the request id, and without its cause',
    (code, error) => {
      const text = outcome.operationOutcome(error, 'r-1', PUBLIC_URL);
      const row = ERRORS[code as ErrorCode];
      expect([error.status, error.code]).toEqual([row.status, row.issue]);
      expect(JSON.parse(text)).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [
          {
            severity: 'error',
            code: row.issue,
            details: { coding: [{ system: 'urn:payer-patient-access:error', code }], text: row.means },
            diagnostics: `${error.message} (request r-1) See ${PUBLIC_URL}/docs/errors#${code}`,
          },
        ],
      });
      expect(text).not.toMatch(/canary|wrong-tenant|stack/);
    },
  );

  it('names the parameter at fault in the notation of FHIR for HTTP', () => {
    const { issue } = JSON.parse(outcome.operationOutcome(SAID['parameter-invalid'], 'r', PUBLIC_URL)) as {
      issue: object[];
    };
    expect(issue[0]).toMatchObject({ location: ['http.name'], expression: ['name'] });
  });

  it('names the missing scope in its text and in the challenge', () => {
    const error = SAID['scope-insufficient'];
    expect(error.message).toContain('patient/Observation.r');
    expect(error.details.headers?.['WWW-Authenticate']).toContain('scope="patient/Observation.r"');
  });

  it('sends the WWW-Authenticate header that RFC 6750 requires', () => {
    const challenge = (code: ErrorCode) => SAID[code].details.headers?.['WWW-Authenticate'];
    expect(challenge('token-missing')).toBe('Bearer realm="patient-access"');
    expect(challenge('token-invalid')).toContain('error="invalid_token"');
    expect(challenge('scope-insufficient')).toContain('error="insufficient_scope"');
    expect(challenge('member-other')).toContain('error="insufficient_scope"');
  });

  it('has the same text for every reason of a refusal', () => {
    const render = (reason: string) => outcome.operationOutcome(outcome.forbidden(reason), 'r', PUBLIC_URL);
    expect(render('wrong-tenant')).toBe(render('no-member'));
  });
});
