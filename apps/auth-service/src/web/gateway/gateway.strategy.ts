import { Inject, Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { attemptOf, RequestStrategy } from '@patient-access/platform';
import { gatewayAuthorization } from '@patient-access/internal-api';
import { GATEWAY_CLIENT_ID } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';
import type { SharedServices } from '../../provider/shared-services.ts';
import { CONFIG } from '../services/tokens.ts';
import { isOneOf } from '../../domain/keys/secrets.ts';

/** Passport name of {@link GatewayStrategy}. */
export const GATEWAY_STRATEGY = 'gateway';

/** HTTP Basic with the gateway's client id and secret. The gateway is the only caller of the internal endpoints. */
@Injectable()
export class GatewayStrategy extends PassportStrategy(RequestStrategy, GATEWAY_STRATEGY) {
  private readonly expected: readonly string[];

  constructor(
    @Inject(CONFIG)
    { GATEWAY_CLIENT_SECRET: accepted }: Pick<SharedServices['config'], 'GATEWAY_CLIENT_SECRET'>,
  ) {
    super();
    this.expected = accepted.map(gatewayAuthorization);
  }

  validate(request: FastifyRequest): { client: string } {
    const { authorization = '' } = request.headers;
    if (!isOneOf(authorization, this.expected)) throw new UnauthorizedException();
    // It accounts for the request that it asks about, whatever the answer is.
    attemptOf(request).isPassedOn = true;
    return { client: GATEWAY_CLIENT_ID };
  }
}
