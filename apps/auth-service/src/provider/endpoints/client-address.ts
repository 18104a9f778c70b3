import type { FastifyRequest } from 'fastify';

/** @returns the client's network address as the gateway saw it; the service cannot be reached from outside */
export function clientAddress(request: FastifyRequest): string {
  const forwarded = request.headers['x-forwarded-for'];
  const first = String(forwarded ?? '')
    .split(',')[0]
    ?.trim();
  return first || request.ip;
}
