import { PassportStrategy } from '@nestjs/passport';
import { TENANT_ID, tokenInvalid } from '@patient-access/fhir';
import { RequestStrategy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import type { AuthClient } from '../auth-client/auth-client.ts';
import { introspectedAt, type IntrospectedToken } from './introspected-token.ts';

/** Passport name of {@link SessionStrategy}. */
export const SESSION = 'session';

/** Nobody is logged in at this browser. It is redirected to the login page and not refused. */
const LOGGED_OUT = 'logged-out';
/** The person who is logged in is not an auditor. */
const NOT_AN_AUDITOR = 'not-an-auditor';

/** The person at a browser that opens the audit console. */
export type ConsoleUser = IntrospectedToken | typeof LOGGED_OUT | typeof NOT_AN_AUDITOR;

/**
 * Passport strategy `session`: the session of a browser at the authorization server. auth-service reads the cookies
 * and answers with an introspection JWT, as for a token. The gateway does not keep the answer, because auditors are
 * few, and a session that has ended must open nothing.
 */
export class SessionStrategy extends PassportStrategy(RequestStrategy, SESSION) {
  private readonly auth: AuthClient;

  constructor(auth: AuthClient) {
    super();
    this.auth = auth;
  }

  async validate({
    params: { tenant },
    headers,
    id,
  }: FastifyRequest<{ Params: { tenant: string } }>): Promise<ConsoleUser> {
    if (!TENANT_ID.test(tenant)) throw tokenInvalid();
    const { status, text: jwt } = await this.auth.auditorSession(tenant, headers.cookie ?? '', id);
    if (status === 401) return LOGGED_OUT;
    if (status === 403) return NOT_AN_AUDITOR;
    return introspectedAt(tenant, jwt);
  }
}
