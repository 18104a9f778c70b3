import {
  type CustomDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  type Type,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';

const PUBLIC = 'patient-access:public';

/** Marks a handler or controller as open to callers without a credential. Everything else is closed. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

/** @returns whether the route that is being called was marked with {@link Public} */
export function isPublic(context: ExecutionContext): boolean {
  return (
    new Reflector().getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()]) === true
  );
}

/**
 * The one global guard of a service: denies unless the named Passport strategy accepts the request or the route is
 * marked {@link Public}. What the strategy throws reaches the client as it is.
 */
export function denyByDefault(strategy: string): Type<{ canActivate(context: ExecutionContext): unknown }> {
  @Injectable()
  class DenyByDefaultGuard extends AuthGuard(strategy) {
    override canActivate(context: ExecutionContext) {
      return isPublic(context) || super.canActivate(context);
    }

    override handleRequest<User>(error: unknown, user: User): User {
      if (error || !user) throw error ?? new Error('a strategy neither accepted nor refused');
      return user;
    }
  }
  return DenyByDefaultGuard;
}
