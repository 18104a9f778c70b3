import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { allowOrigins } from './cors.ts';
import { type Gateway, GATEWAY } from './gateway.ts';

/**
 * A request's identity: UUIDv7 (RFC 9562 section 5.7), so that audit rows sort by time. Minted here for every
 * request from outside; what a client sends as X-Request-ID is only echoed (security rule D11).
 */
export function mintRequestId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What a client may call its request: short, and nothing that a log or a page could take for something else. */
const CLIENT_REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * Every answer names the request as we call it, and, beside it, as the client did
 * (http://hl7.org/fhir/R4/http.html#custom).
 */
function nameRequests(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.raw.setHeader('x-request-id', request.id);
    const given = request.headers['x-request-id'];
    if (typeof given === 'string' && CLIENT_REQUEST_ID.test(given))
      reply.raw.setHeader('x-correlation-id', given);
    done();
  });
}

/** `configure` of the service. Bodies are passed on, not read; pages of other origins are told apart. */
export async function openToPublic(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  nameRequests(server);
  allowOrigins(server, app.get<Gateway>(GATEWAY).origins);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}
