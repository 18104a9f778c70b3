import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { attemptOf } from '../attempts/attempt.ts';
import { httpRouteOf } from '../route.ts';
import type { Metrics } from './metrics.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** @returns the method of a request; whatever is none of HTTP's is one */
export const methodOf = ({ method }: FastifyRequest): string => (METHODS.has(method) ? method : '_OTHER');

/**
 * Measures every request that is answered, by the names of OpenTelemetry's semantic conventions for HTTP servers. The route is the pattern,
 * so that it names nobody.
 */
export function measureHttp(server: FastifyInstance, metrics: Metrics): void {
  const took = metrics.duration(
    'http_server_request_duration_seconds',
    'From the request to the last byte of its answer.',
    ['http_request_method', 'http_route', 'http_response_status_code'],
    ['http_response_status_code'],
  );
  server.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const labels = {
      http_request_method: methodOf(request),
      http_route: httpRouteOf(request),
      http_response_status_code: String(reply.statusCode),
    };
    took(labels, reply.elapsedTime / 1_000);
    done();
  });
}

/**
 * Counts requests whose answer did not get to its end, as where the client goes away before it: they have no status, so no
 * other metric has them.
 */
export function countUnfinished(metrics: Metrics): (request: FastifyRequest) => void {
  const count = metrics.count(
    'http_server_unfinished_total',
    'Requests whose answer did not get to its end, mostly because the client went away.',
    ['http_request_method', 'http_route'],
  );
  return (request) => count({ http_request_method: methodOf(request), http_route: httpRouteOf(request) });
}

/**
 * Counts what is answered with an error, by its code: the codes are a list (docs/developers/errors.md), and no caller can add
 * one. What another service answered is counted there.
 *
 * @returns counts what was refused before there was a request
 */
export function countRefusals(server: FastifyInstance, metrics: Metrics): (code: string) => void {
  const count = metrics.count(
    'http_server_refusals_total',
    'Requests that were answered with an error, by its code in docs/developers/errors.md.',
    ['code'],
  );
  server.addHook('onResponse', (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
    const { code } = attemptOf(request);
    if (code !== undefined) count({ code });
    done();
  });
  return (code) => count({ code });
}
