import {
  type CanActivate,
  type CustomDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  type Type,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { usePassport } from './passport-framework.ts';

const PUBLIC = 'patient-access:public';
const STRATEGY = 'patient-access:strategy';

/** Marks a handler or controller as open to callers without a credential. Everything else is closed. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);

const reflector = new Reflector();

function valueOf<Value>(key: string, context: ExecutionContext): Value | undefined {
  return reflector.getAllAndOverride<Value | undefined>(key, [context.getHandler(), context.getClass()]);
}

/** @returns whether the current route was marked with {@link Public} */
export function isPublic(context: ExecutionContext): boolean {
  return valueOf<boolean>(PUBLIC, context) === true;
}

/** Marks a controller whose callers use another credential than the rest of the service. */
export const AuthenticatedBy = (strategy: string): CustomDecorator => SetMetadata(STRATEGY, strategy);

/** Lets in the callers that one Passport strategy accepts. */
function strategyGuard(strategy: string): CanActivate {
  const Guard = class extends AuthGuard(strategy) {
    override handleRequest<User>(error: unknown, user: User): User {
      if (error || !user) throw error ?? new Error('a strategy neither accepted nor refused');
      return user;
    }
  };
  return new Guard();
}

/**
 * The one global guard of a service. It refuses a request unless the Passport strategy accepts it or the route is
 * marked {@link Public}. The strategy is the named one, or the one of {@link AuthenticatedBy}. An error that the
 * strategy throws becomes the answer.
 */
export function denyByDefault(strategy: string): Type<CanActivate> {
  usePassport();
  const guards = new Map<string, CanActivate>();

  @Injectable()
  class DenyByDefaultGuard implements CanActivate {
    canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
      if (isPublic(context)) return true;
      const wanted = valueOf<string>(STRATEGY, context) ?? strategy;
      const guard = guards.get(wanted) ?? strategyGuard(wanted);
      guards.set(wanted, guard);
      return guard.canActivate(context);
    }
  }
  return DenyByDefaultGuard;
}
