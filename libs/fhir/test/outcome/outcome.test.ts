import { describe, expect, it } from '@jest/globals';
import * as outcome from '../../src/outcome.ts';

const ERRORS = [
  [outcome.invalid('wrong', 'name'), 400],
  [outcome.notSupported('not here', 'name'), 400],
  [outcome.loginRequired(), 401],
  [outcome.tokenInvalid(), 401],
  [outcome.forbidden('insufficient-scope'), 403],
  [outcome.notFound(), 404],
  [outcome.methodNotAllowed('GET, HEAD'), 405],
  [outcome.notAcceptable(), 406],
  [outcome.unsupportedMediaType(), 415],
  [outcome.internalError(new Error('canary')), 500],
  [outcome.unavailable(new Error('canary')), 503],
] as const;

describe('an error', () => {
  it.each(ERRORS)(
    '%s is an OperationOutcome with the request id and nothing of its cause',
    (error, status) => {
      expect(error.status).toBe(status);
      const text = outcome.operationOutcome(error, 'r-1');
      expect(JSON.parse(text)).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: error.code, diagnostics: `${error.message} (request r-1)` }],
      });
      expect(text).not.toMatch(/canary|insufficient-scope|stack/);
    },
  );

  it('says in WWW-Authenticate what RFC 6750 asks for', () => {
    const challenge = (error: outcome.OperationError) => error.details.headers?.['WWW-Authenticate'];
    expect(challenge(outcome.loginRequired())).toBe('Bearer');
    expect(challenge(outcome.tokenInvalid())).toContain('error="invalid_token"');
    expect(challenge(outcome.forbidden('x'))).toContain('error="insufficient_scope"');
  });

  it('that is a refusal does not depend on why', () => {
    const render = (reason: string) => outcome.operationOutcome(outcome.forbidden(reason), 'r');
    expect(render('other-member')).toBe(render('insufficient-scope'));
  });
});
