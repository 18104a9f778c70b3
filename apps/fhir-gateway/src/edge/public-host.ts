import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { REQUEST_ID_HEADER } from '@patient-access/internal-api';
import { hostUnknown, operationOutcome } from '@patient-access/fhir';
import { allowOrigins } from './cors.ts';
import { PUBLIC_URL } from '../discovery/discovery.controller.ts';
import { RegisteredOrigins } from './registered-origins.ts';

/**
 * A request's identity: UUIDv7 (RFC 9562 section 5.7), so that audit rows sort by time. Minted here for every
 * request from outside; what a client sends as X-Request-ID is only echoed (security rule D11).
 */
export function mintRequestId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  // Random bits and variant of a UUIDv4: Node has those in store, where random bytes are asked for each time.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** What a client may call its request: short, and nothing that a log or a page could take for something else. */
const CLIENT_REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * Every answer names the request as we call it, and, beside it, as the client did
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
 * Answers for our own host, and for who is on this machine: a name of anybody else's would be one that a browser was
 * led to us by (security case F49). Links are made from the configuration, whatever the Host.
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

/** `configure` of the service. The gateway passes bodies on and reads none of them. */
export async function configurePublicHost(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  nameRequests(server);
  refuseForeignHosts(server, app.get<string>(PUBLIC_URL));
  allowOrigins(server, app.get(RegisteredOrigins));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}
