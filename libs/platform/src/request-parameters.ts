/** Parameter decorators: for handlers that need one value of a request, and not the whole of it. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const requestOf = (context: ExecutionContext) =>
  context.switchToHttp().getRequest<FastifyRequest & { user?: unknown }>();

/** Who the guard let in: what the Passport strategy of the route answered. */
export const Caller = createParamDecorator((_data: unknown, context) => requestOf(context).user);

/** The id under which the logs and the audit trail know the request. */
export const RequestId = createParamDecorator((_data: unknown, context) => requestOf(context).id);
