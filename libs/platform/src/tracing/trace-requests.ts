import {
  type ServerSpan,
  serveWithin,
  type SpanAttributes,
  startServerSpan,
  TRACEPARENT_HEADER,
} from '@patient-access/tracing';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { methodOf } from '../metrics/request-metrics.ts';
import { httpRouteOf } from '../route.ts';

/** What a service adds to the spans of its requests. */
export interface RequestTracing {
  /** whether the trace of a caller is gone on with; a public host believes nobody unless its operators say so */
  believes(request: FastifyRequest): boolean;
  /** when the answer is there */
  attributesOf?(request: FastifyRequest, reply: FastifyReply): SpanAttributes;
}

/** Other services call each other and nobody else can (network policies), so that they go on with the trace. */
export const AMONG_SERVICES: RequestTracing = { believes: () => true };

/** Spans of the requests that are served now. */
const spans = new WeakMap<FastifyRequest, ServerSpan>();

/** @returns the id of the trace of a request, for its log line */
export const traceIdOf = (request: FastifyRequest): string | undefined =>
  spans.get(request)?.span.spanContext().traceId;

/** Makes a span of every request whose trace is kept. Its name is method and pattern of the route, which names nobody. */
export function traceRequests(server: FastifyInstance, { believes, attributesOf }: RequestTracing): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const method = methodOf(request);
    const route = httpRouteOf(request);
    const traceparent = believes(request) ? request.headers[TRACEPARENT_HEADER] : undefined;
    const served = startServerSpan(`${method} ${route}`, traceparent, {
      'http.request.method': method,
      'http.route': route,
    });
    if (!served) return done();
    spans.set(request, served);
    serveWithin(served, done);
  });
  // The body comes in the context of its connection.
  server.addHook('preValidation', (request, _reply, done) => {
    const served = spans.get(request);
    if (served) serveWithin(served, done);
    else done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { span } = spans.get(request) ?? {};
    span?.setAttributes({ 'http.response.status_code': reply.statusCode, ...attributesOf?.(request, reply) });
    span?.end();
    done();
  });
}
