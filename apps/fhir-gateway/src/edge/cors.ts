/** Cross-origin requests to the FHIR API (SMART App Launch 2.1, "CORS"; security case F50). */
import { BENEFIT_BALANCE, FHIR_PATH, PUBLICATIONS, publications } from '@patient-access/fhir';
import { isPreflight } from '@patient-access/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RegisteredOrigins } from './registered-origins.ts';

const BASE = new RegExp(`^/${FHIR_PATH}/([a-z0-9-]{1,63})/`);

/** Credentials are never allowed, because the FHIR API does not use cookies. */
const EXPOSED =
  'ETag, Last-Modified, Link, Deprecation, Sunset, Part2-Notice, WWW-Authenticate, X-Request-ID, X-Correlation-ID, Retry-After, RateLimit, RateLimit-Policy, Content-Disposition';
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST',
  'access-control-allow-headers':
    'Authorization, DPoP, Content-Type, Accept, Prefer, If-None-Match, If-Modified-Since, X-Request-ID, Cache-Control, X-Requested-With',
  'access-control-max-age': '600',
};

/**
 * Where an app of any origin begins, before it is registered: discovery and key sets, registration, the sandbox, which
 * only preview plans have, the page of errors, and links to insurance cards, which any viewer opens; and what a plan says of
 * itself: its brand, its style and its scorecard. They take a token in a header at most, which no browser adds by itself.
 */
const OPEN =
  /^\/(?:auth\/(?:brands(?:\?|$)|[a-z0-9-]{1,63}\/(?:oauth2\/v1\/(?:register(?:[/?]|$)|keys(?:\?|$)|\.well-known\/)|(?:brands|scorecard)(?:\?|$)|(?:sandbox|card-link|smart-style)\/))|\.well-known\/|docs\/errors)/;
/** What everybody may read at a FHIR base. An answer says so itself, if there is such a plan (security case F51). */
const DISCOVERY = new RegExp(
  `^/${FHIR_PATH}/[a-z0-9-]{1,63}/(?:\\.well-known/|(?:metadata|openapi\\.json|postman\\.json|${BENEFIT_BALANCE})(?:\\?|$))`,
);
const OPEN_PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-allow-headers':
    'Authorization, Content-Type, Accept, If-None-Match, X-Request-ID, Cache-Control, X-Requested-With',
  'access-control-max-age': '600',
};

/** What plans publish: no caller, no credential, so a page of any origin may read it. */
const PUBLISHED = PUBLICATIONS.map((name) => `/${publications[name].path}/`);

const UNAVAILABLE = 503;

/** Where auth-service lets the pages of registered clients read its answers, and says so itself. */
const OF_CLIENTS = /^\/auth\/([a-z0-9-]{1,63})\/oauth2\/v1\/(?:token|revoke|introspect|par|userinfo)(?:\?|$)/;

/** @returns what a page of any origin may send there; undefined where only pages of registered clients may */
function preflightOfAny(request: FastifyRequest): Record<string, string> | undefined {
  const { url } = request;
  if (PUBLISHED.some((base) => url.startsWith(base))) return PREFLIGHT;
  if (isPreflight(request) && DISCOVERY.test(url)) return PREFLIGHT;
  return OPEN.test(url) ? OPEN_PREFLIGHT : undefined;
}

function letRead({ raw }: FastifyReply, origin: string): void {
  raw.setHeader('access-control-allow-origin', origin);
  raw.setHeader('access-control-expose-headers', EXPOSED);
}

/** @returns whether that was a preflight, which has then been answered */
function allow(
  request: FastifyRequest,
  reply: FastifyReply,
  { origin, preflight }: { origin: string; preflight: Record<string, string> },
): boolean {
  letRead(reply, origin);
  if (!isPreflight(request)) return false;
  void reply.code(204).headers(preflight).send();
  return true;
}

/**
 * While auth-service does not answer, the gateway does in its place, and says when to come again.
 *
 * @returns the origin whose pages may read that
 */
function readerOfRefusal(
  { url, headers: { origin } }: FastifyRequest,
  { statusCode }: FastifyReply,
  origins: RegisteredOrigins,
): string | undefined {
  if (statusCode !== UNAVAILABLE) return undefined;
  if (DISCOVERY.test(url)) return '*';
  const tenant = OF_CLIENTS.exec(url)?.[1];
  const isKnown = tenant !== undefined && origin !== undefined && origins.wasRegistered(tenant, origin);
  return isKnown ? origin : undefined;
}

/**
 * Lets web pages of registered clients read the answers, including refusals. It answers their preflights, which carry
 * no token. Pages of any other origin get no CORS headers, but for what everybody may read.
 */
export function allowOrigins(fastify: FastifyInstance, origins: RegisteredOrigins): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    // These headers also go into an answer that no web page asked for: a cache may keep it and give it to a page later.
    const preflight = preflightOfAny(request);
    if (preflight) return void (allow(request, reply, { origin: '*', preflight }) || done());
    const { origin } = request.headers;
    // Most apps are not web pages, and their requests need not wait.
    if (origin === undefined) return done();
    const tenant = BASE.exec(request.url)?.[1];
    if (tenant === undefined) return done();
    const answerTo = (isRegistered: boolean) =>
      (isRegistered && allow(request, reply, { origin, preflight: PREFLIGHT })) || done();
    origins.isRegistered(tenant, origin).then(answerTo, done);
  });
  // What auth-service answers is passed on without this hook.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const reader = readerOfRefusal(request, reply, origins);
    if (reader === undefined) return done(null, payload);
    letRead(reply, reader);
    if (!isPreflight(request)) return done(null, payload);
    // After a refusal the page would not ask at all, as userinfo with its token.
    void reply.code(204).removeHeader('content-type').headers(PREFLIGHT);
    done(null, null);
  });
}
