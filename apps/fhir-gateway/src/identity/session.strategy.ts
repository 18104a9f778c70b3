import { PassportStrategy } from '@nestjs/passport';
import { tokenInvalid, unavailable } from '@patient-access/fhir';
import { RequestStrategy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import type { Pool } from 'undici';
import { gatewayCredential } from './credential.ts';
import { claimsIn, type Introspected } from './introspection.ts';

type ForTenant = FastifyRequest<{ Params: { tenant: string } }>;

/** Passport name of {@link SessionStrategy}. */
export const SESSION = 'session';

/** Nobody is logged in at this browser: it is sent to the door, not refused. */
export const LOGGED_OUT = 'logged-out';
/** Somebody is who is no auditor. */
export const NO_AUDITOR = 'no-auditor';
type Visitor = Introspected | typeof LOGGED_OUT | typeof NO_AUDITOR;

const TENANT_ID = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * Passport strategy `session`: the browser's session at the authorization server, of which the gateway knows nothing but
 * what auth-service says of its cookies. What it says is the same signed statement as for a token, and not remembered:
 * auditors are few, and a session that has ended opens nothing any more.
 */
export class SessionStrategy extends PassportStrategy(RequestStrategy, SESSION) {
  private readonly auth: Pool;
  private readonly authorization: string;

  constructor(auth: Pool, secret: string) {
    super();
    this.auth = auth;
    this.authorization = gatewayCredential(secret);
  }

  async validate({ params, headers, id }: ForTenant): Promise<Visitor> {
    const { tenant } = params;
    if (!TENANT_ID.test(tenant)) throw tokenInvalid();
    const { statusCode, body } = await this.auth
      .request({
        path: `/internal/auditors/${tenant}`,
        method: 'GET',
        headers: { authorization: this.authorization, cookie: headers.cookie ?? '', 'x-request-id': id },
      })
      .catch((error: unknown) => {
        throw unavailable(error);
      });
    const jwt = await body.text();
    if (statusCode === 401) return LOGGED_OUT;
    if (statusCode === 403) return NO_AUDITOR;
    if (statusCode !== 200) throw unavailable(new Error(`auth-service answered ${statusCode}`));
    return this.known(tenant, jwt);
  }

  private known(tenant: string, jwt: string): Introspected {
    try {
      const claims = claimsIn(jwt);
      if (claims?.tenant !== tenant) throw new Error('a statement about another tenant');
      return { jwt, claims };
    } catch (error) {
      throw unavailable(error);
    }
  }
}
