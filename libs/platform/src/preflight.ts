import type { FastifyRequest } from 'fastify';

/** Does a browser ask whether it may ask (Fetch Standard, section 3.2.2)? */
export const isPreflight = ({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean =>
  method === 'OPTIONS' && 'access-control-request-method' in headers;
