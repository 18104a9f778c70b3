import { Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { AuthorizationHeader } from '../gateway.strategy.ts';
import { sameText } from '../../domain/keys/secrets.ts';

/** Passport name of {@link AdministratorStrategy}. */
export const ADMINISTRATOR = 'administrator';

/** The administration's own secret as a bearer token: nobody else has it, and it opens nothing else. */
@Injectable()
export class AdministratorStrategy extends PassportStrategy(AuthorizationHeader, ADMINISTRATOR) {
  private readonly expected: string;

  constructor(secret: string) {
    super();
    this.expected = `Bearer ${secret}`;
  }

  validate(authorization: string): object {
    if (!sameText(authorization, this.expected)) throw new UnauthorizedException();
    return {};
  }
}
