import { Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { unavailable } from '@patient-access/fhir';
import { attemptOf, RequestStrategy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import { NO_PLAN } from '@patient-access/events';
import type { Administrator } from '../../domain/audit/administrator.ts';
import { administratorIn } from '../../domain/federation/plan-administrator.ts';
import { isActive } from '../../domain/federation/people.ts';
import { isOneOf } from '../../domain/keys/secrets.ts';
import { isAboutToken } from '../../egress/provider-keys.ts';
import { demandsSecondFactor } from '../../domain/second-factor/demand.ts';
import { callerOfAdministrator } from '../../provider/audit/known-callers.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { Tenants } from '../../provider/tenants.ts';
import { bearerCredential } from '../bearer-credential.ts';
import { type AdministratorRequest, administratorOf } from './administrator-name.ts';

/** Passport name of {@link AdministratorStrategy}. */
export const ADMINISTRATOR_STRATEGY = 'administrator';

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The credentials of the administration API: the operator's secret, which is good for all plans, or a token of the identity
 * provider of the plan in the path, which says that the person administers that plan (ADR 76).
 */
@Injectable()
export class AdministratorStrategy extends PassportStrategy(RequestStrategy, ADMINISTRATOR_STRATEGY) {
  private readonly services: SharedServices;
  private readonly tenants: Tenants;
  private readonly expected: readonly string[];

  constructor(@Inject(SHARED_SERVICES) services: SharedServices, tenants: Tenants) {
    super();
    const { ADMIN_SECRET: accepted } = services.config;
    if (accepted === undefined) throw new Error('there is no administration without an ADMIN_SECRET');
    this.services = services;
    this.tenants = tenants;
    this.expected = accepted;
  }

  async validate(request: FastifyRequest): Promise<NonNullable<AdministratorRequest['user']>> {
    const credential = bearerCredential(request.headers.authorization);
    const { tenant = NO_PLAN } = request.params as { tenant?: string };
    const byOperator = isOneOf(credential, this.expected);
    const byProvider = byOperator ? undefined : await this.namedByProvider(tenant, credential);
    if (!byOperator && !byProvider) throw new UnauthorizedException();
    const user = { byProvider };
    const { headers } = request;
    attemptOf(request).known = { tenant, caller: callerOfAdministrator(administratorOf({ headers, user })) };
    return user;
  }

  /**
   * The tenant is the one in the path, so another plan's token is a stranger's.
   *
   * @throws OperationError 503 when the token cannot be checked now
   */
  private async namedByProvider(id: string, token: string): Promise<Administrator | undefined> {
    const server = JWT.test(token) ? await this.tenants.get(id) : undefined;
    const provider = server?.identityProvider;
    const rules = provider?.settings.administrators;
    if (!server || server.tenant.suspended || !provider || !rules) return undefined;
    try {
      const { tokensOfOthers } = await provider.endpoints();
      const claims = await tokensOfOthers.ofAdministrator(token, rules.audience);
      const secondFactor = demandsSecondFactor(server.tenant, { role: 'auditor' });
      const known = administratorIn(provider.settings, claims, { secondFactor });
      return known && (await isActive(this.services.pool, id, known.administrator)) ? known : undefined;
    } catch (error) {
      if (!isAboutToken(error)) throw unavailable(error);
      this.services.logger.warn({ err: error, tenant: id }, 'a token of an administrator was refused');
      return undefined;
    }
  }
}
