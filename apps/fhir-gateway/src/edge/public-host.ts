import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { REQUEST_ID_HEADER } from '@patient-access/internal-api';
import { hostUnknown, operationOutcome } from '@patient-access/fhir';
import { allowOrigins } from './cors.ts';
import { PUBLIC_URL } from '../discovery/discovery.controller.ts';
import { RegisteredOrigins } from './registered-origins.ts';

/**
 * Makes the id of a request: a UUIDv7 (RFC 9562 section 5.7), so that audit rows sort by time. Every request from
 * outside gets a new one. The X-Request-ID of a client is only echoed (security rule D11).
 */
export function mintRequestId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  // The random bits and the variant come from a UUIDv4. Node keeps random bytes in store for these, which is faster.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** A request id from a client. It must be short, and no log or page may be able to misread it. */
const CLIENT_REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * Adds our id of the request to every answer, and the client's id if it sent one
 * (http://hl7.org/fhir/R4/http.html#custom).
 */
function nameRequests(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.raw.setHeader(REQUEST_ID_HEADER, request.id);
    const given = request.headers[REQUEST_ID_HEADER];
    if (typeof given === 'string' && CLIENT_REQUEST_ID.test(given))
      reply.raw.setHeader('x-correlation-id', given);
    done();
  });
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Answers only requests for our own host or from this machine. Somebody else may have led a browser here by another
 * name (security case F49). Links are made from the configuration, whatever the Host header says.
 */
function refuseForeignHosts(server: FastifyInstance, publicUrl: string): void {
  const { host: ours } = new URL(publicUrl);
  server.addHook('onRequest', async (request, reply) => {
    const host = String(request.headers.host ?? '');
    if (host.toLowerCase() === ours || LOOPBACK.test(host) || request.url.startsWith('/health/')) return;
    return reply
      .code(421)
      .headers({ 'content-type': 'application/fhir+json; charset=utf-8', 'cache-control': 'no-store' })
      .send(operationOutcome(hostUnknown(), request.id, publicUrl));
  });
}

/** `configure` of the service. The gateway passes bodies on without reading them. */
export async function configurePublicHost(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  nameRequests(server);
  refuseForeignHosts(server, app.get<string>(PUBLIC_URL));
  allowOrigins(server, app.get(RegisteredOrigins));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}
