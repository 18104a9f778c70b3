import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { REQUEST_ID_HEADER } from '@patient-access/internal-api';
import { METRICS, type Metrics } from '@patient-access/platform';
import { allowOrigins } from './cors.ts';
import { announceDeprecations, DEPRECATIONS } from './deprecations.ts';
import { measureFhir } from './fhir-metrics.ts';
import { DEVELOPERS_URL, PUBLIC_URL } from '../discovery/discovery.controller.ts';
import { RegisteredOrigins } from './registered-origins.ts';
import { takeBodies } from './request-body.ts';
import { refuseOtherHosts, refuseUnfitRequests } from './request-checks.ts';
import { rewriteTarget } from './request-target.ts';

/**
 * Makes the id of a request: a UUIDv7 (RFC 9562 section 5.7), so that audit rows sort by time. Every request from
 * outside gets a new one. The X-Request-ID of a client is only echoed (security rule D11).
 */
function mintRequestId(): string {
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

/** A year (RFC 6797). Without subdomains: the plan's other hosts are its own business. */
const STRICT_TRANSPORT = 'max-age=31536000';

/** Headers of every answer, whoever it comes from (security rule D23). A browser shows nothing as another type than it says. */
function protectAnswers(server: FastifyInstance, publicUrl: string): void {
  const isHttps = publicUrl.startsWith('https:');
  server.addHook('onRequest', (_request, { raw }, done) => {
    raw.setHeader('x-content-type-options', 'nosniff');
    if (isHttps) raw.setHeader('strict-transport-security', STRICT_TRANSPORT);
    done();
  });
}

/** Of request line and headers. Longer URLs than are taken fit into it, so that they can be told what is wrong. */
const MAX_HEADER_BYTES = 48 * 1024;

/** `server` of the service. */
export const publicServer = ({ TRUSTED_PROXIES }: { TRUSTED_PROXIES?: string | false }) => ({
  genReqId: mintRequestId,
  rewriteUrl: rewriteTarget,
  trustProxy: TRUSTED_PROXIES ?? false,
  maxHeaderBytes: MAX_HEADER_BYTES,
  checksHost: true,
});

/** `configure` of the service. */
export async function configurePublicHost(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const publicUrl = app.get<string>(PUBLIC_URL);
  nameRequests(server);
  protectAnswers(server, publicUrl);
  announceDeprecations(server, DEPRECATIONS, app.get<string | undefined>(DEVELOPERS_URL));
  refuseOtherHosts(server, publicUrl);
  allowOrigins(server, app.get(RegisteredOrigins));
  refuseUnfitRequests(server, publicUrl);
  takeBodies(server);
  measureFhir(server, app.get<Metrics>(METRICS, { strict: false }));
}
