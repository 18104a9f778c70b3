import { Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { GATEWAY_CLIENT_ID } from '@patient-access/smart';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-strategy';
import { sameText } from '../domain/keys/secrets.ts';

/** Passport name of {@link GatewayStrategy}. */
export const GATEWAY = 'gateway';

type Done = (error: Error | null, caller?: object) => void;
type Verify = (authorization: string, done: Done) => void;

/** Hands the Authorization header to whoever verifies it. */
export class AuthorizationHeader extends Strategy {
  private readonly verify: Verify;

  constructor(verify: Verify) {
    super();
    this.verify = verify;
  }

  override authenticate(request: unknown): void {
    const { authorization = '' } = (request as FastifyRequest).headers;
    this.verify(authorization, (error, caller) => (error ? this.error(error) : this.success(caller)));
  }
}

/** HTTP Basic with the gateway's client id and secret: the only caller of the internal endpoints. */
@Injectable()
export class GatewayStrategy extends PassportStrategy(AuthorizationHeader, GATEWAY) {
  private readonly expected: string;

  constructor(secret: string) {
    super();
    this.expected = `Basic ${Buffer.from(`${GATEWAY_CLIENT_ID}:${secret}`).toString('base64')}`;
  }

  validate(authorization: string): { client: string } {
    if (!sameText(authorization, this.expected)) throw new UnauthorizedException();
    return { client: GATEWAY_CLIENT_ID };
  }
}
