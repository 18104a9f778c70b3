import { Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { attemptOf, RequestStrategy } from '@patient-access/platform';
import type { FastifyRequest } from 'fastify';
import { NO_PLAN } from '@patient-access/events';
import { callerOfAdministrator } from '../../provider/audit/known-callers.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import { CONFIG } from '../services/tokens.ts';
import { administratorOf } from './administrator-name.ts';
import { sameText } from '../../domain/keys/secrets.ts';

/** Passport name of {@link AdministratorStrategy}. */
export const ADMINISTRATOR_STRATEGY = 'administrator';

/**
 * The secret of the administration API as a bearer token. Only administrators have it, and it is accepted nowhere
 * else.
 */
@Injectable()
export class AdministratorStrategy extends PassportStrategy(RequestStrategy, ADMINISTRATOR_STRATEGY) {
  private readonly expected: string;

  constructor(@Inject(CONFIG) { ADMIN_SECRET: secret }: Pick<SharedServices['config'], 'ADMIN_SECRET'>) {
    super();
    if (secret === undefined) throw new Error('there is no administration without an ADMIN_SECRET');
    this.expected = `Bearer ${secret}`;
  }

  validate(request: FastifyRequest): object {
    const { authorization = '' } = request.headers;
    if (!sameText(authorization, this.expected)) throw new UnauthorizedException();
    const { tenant = NO_PLAN } = request.params as { tenant?: string };
    attemptOf(request).known = { tenant, caller: callerOfAdministrator(administratorOf(request)) };
    return {};
  }
}
