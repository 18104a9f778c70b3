import { Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { NO_PLAN } from '@patient-access/events';
import { attemptOf, RequestStrategy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import { isOneOf } from '../../domain/keys/secrets.ts';
import { callerOfAdministrator } from '../../provider/audit/known-callers.ts';
import { SHARED_SERVICES, type SharedServices } from '../../provider/shared-services.ts';
import { bearerCredential } from '../bearer-credential.ts';
import { administratorOf } from './administrator-name.ts';

/** Passport name of {@link OperatorStrategy}. */
export const OPERATOR_STRATEGY = 'operator';

/** The operator's secret alone: what a plan is, and whether it is, its own administrators do not decide (ADR 76). */
@Injectable()
export class OperatorStrategy extends PassportStrategy(RequestStrategy, OPERATOR_STRATEGY) {
  private readonly expected: readonly string[];

  constructor(@Inject(SHARED_SERVICES) { config }: SharedServices) {
    super();
    if (config.ADMIN_SECRET === undefined)
      throw new Error('there is no administration without an ADMIN_SECRET');
    this.expected = config.ADMIN_SECRET;
  }

  validate(request: FastifyRequest): object {
    if (!isOneOf(bearerCredential(request.headers.authorization), this.expected))
      throw new UnauthorizedException();
    const { tenant = NO_PLAN } = request.params as { tenant?: string };
    attemptOf(request).known = { tenant, caller: callerOfAdministrator(administratorOf(request)) };
    return {};
  }
}
