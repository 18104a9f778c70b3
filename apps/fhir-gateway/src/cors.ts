/** Cross-origin requests to the FHIR API (SMART App Launch 2.1, "CORS"; security case F50). */
import { FHIR_PATH } from '@patient-access/fhir';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Origins } from './origins.ts';

const BASE = new RegExp(`^/${FHIR_PATH}/([a-z0-9-]{1,63})/`);

/** Never with credentials: a browser's cookies mean nothing here. */
const EXPOSED = 'ETag, Last-Modified, WWW-Authenticate, X-Request-ID, X-Correlation-ID, Retry-After';
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST',
  'access-control-allow-headers':
    'Authorization, DPoP, Content-Type, Accept, Prefer, If-None-Match, If-Modified-Since, X-Request-ID',
  'access-control-max-age': '600',
};

/** @returns the tenant whose FHIR API a page of another origin is calling, and that origin */
function crossOrigin({ url, headers }: FastifyRequest): { tenant: string; origin: string } | undefined {
  const tenant = BASE.exec(url)?.[1];
  const { origin } = headers;
  return tenant !== undefined && origin !== undefined ? { tenant, origin } : undefined;
}

/**
 * Lets pages of registered clients read the answers, refusals too, and answers their preflights, which carry no token.
 * To any other origin the API answers as if there were no browser.
 */
export function allowOrigins(fastify: FastifyInstance, origins: Origins): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const call = crossOrigin(request);
    if (!call) return;
    if (!(await origins.isRegistered(call.tenant, call.origin))) return;
    reply.raw.setHeader('access-control-allow-origin', call.origin);
    reply.raw.setHeader('access-control-expose-headers', EXPOSED);
    const preflight = request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    if (preflight) return reply.code(204).headers(PREFLIGHT).send();
  });
}
