import { PassportStrategy } from '@nestjs/passport';
import { TENANT_ID, tokenInvalid, unavailable } from '@patient-access/fhir';
import { RequestStrategy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import type { AuthClient } from '../auth-client/auth-client.ts';
import { claimsIn, type IntrospectedToken } from './introspected-token.ts';

/** Passport name of {@link SessionStrategy}. */
export const SESSION = 'session';

/** Nobody is logged in at this browser: it is sent to the login page, not refused. */
const LOGGED_OUT = 'logged-out';
/** Somebody is logged in who is no auditor. */
const NOT_AN_AUDITOR = 'not-an-auditor';

/** Whom a browser at the audit console belongs to. */
export type ConsoleUser = IntrospectedToken | typeof LOGGED_OUT | typeof NOT_AN_AUDITOR;

/**
 * Passport strategy `session`: the browser's session at the authorization server. The gateway knows nothing of it but
 * what auth-service says of its cookies: the same introspection JWT as for a token. The answer is not kept: auditors are
 * few, and a session that has ended must open nothing any more.
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
    try {
      const claims = claimsIn(jwt);
      if (claims?.tenant !== tenant) throw new Error('an introspection JWT of another tenant');
      return { jwt, claims };
    } catch (error) {
      throw unavailable(error);
    }
  }
}
