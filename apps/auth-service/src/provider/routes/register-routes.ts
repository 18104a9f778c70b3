/**
 * Registers the endpoints of oidc-provider with Fastify. oidc-provider gets the raw stream, because it parses bodies
 * itself.
 */
import { OperationError, unavailable } from '@patient-access/fhir';
import { issuerPath } from '@patient-access/internal-api';
import { type Logger, MAX_URL_CHARACTERS, noteCode, sendOutcome } from '@patient-access/platform';
import type { IncomingMessage } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Pollers } from '../../domain/changes/pollers.ts';
import { DatabaseCheck } from '../../domain/restore/database-check.ts';
import { followRequests } from '../audit/follow-requests.ts';
import { refuseOlderDatabase } from '../endpoints/database-gate.ts';
import { isForLater } from '../endpoints/failures.ts';
import { notFoundAnswer } from '../endpoints/not-found.ts';
import { registrationRoutes } from '../registration/routes.ts';
import { SHARED_SERVICES, type SharedServices } from '../shared-services.ts';
import { takeFiles } from './take-files.ts';
import { Tenants } from '../tenants.ts';
import { wakePollers } from './wake-pollers.ts';

type TenantRequest = FastifyRequest<{ Params: { tenant: string } }>;

const ROUTE = issuerPath(':tenant');
const POST_AUTHORIZE = `${ROUTE}/authorize`;
const FORM = 'application/x-www-form-urlencoded';

/**
 * Sets host and scheme to those of the public URL, so that oidc-provider does not use the headers of the request.
 */
function setPublicHost(raw: IncomingMessage, request: FastifyRequest, publicUrl: URL): void {
  raw.headers.host = publicUrl.host;
  raw.headers['x-forwarded-proto'] = publicUrl.protocol.slice(0, -1);
  delete raw.headers['x-forwarded-host'];
  raw.headers['x-request-id'] = request.id;
}

function handlerFor(tenants: Tenants, publicUrl: URL) {
  return async (request: TenantRequest, reply: FastifyReply): Promise<void> => {
    const server = await tenants.get(request.params.tenant);
    if (!server) {
      noteCode(request, 'not-found');
      const { headers, body } = notFoundAnswer(request, publicUrl.origin);
      return void (await reply.code(404).headers(headers).send(body));
    }
    const { raw } = request;
    raw.url = raw.url?.slice(issuerPath(request.params.tenant).length) || '/';
    // SMART requires POST at the authorization endpoint. oidc-provider supports it only with SameSite=None cookies.
    if (request.routeOptions.url === POST_AUTHORIZE) {
      raw.url = `/authorize?${typeof request.body === 'string' ? request.body : ''}`;
      raw.method = 'GET';
    }
    setPublicHost(raw, request, publicUrl);
    reply.hijack();
    reply.raw.setHeader('x-request-id', request.id);
    await server.handle(raw, reply.raw);
  };
}

/** Less than the public host takes, so the answer names this limit. */
const requestTooLong = () =>
  new OperationError(
    'body-too-large',
    `An authorization request has at most ${MAX_URL_CHARACTERS} characters. Push what is longer.`,
  );

/** What fails before oidc-provider has the request: the database, for the tenant of the path, or a body that is too large. */
function failureHandler(logger: Logger, publicUrl: string) {
  return (thrown: Error, request: FastifyRequest, reply: FastifyReply): void => {
    const isTooLong = (thrown as FastifyError).code === 'FST_ERR_CTP_BODY_TOO_LARGE';
    const error = isTooLong ? requestTooLong() : isForLater(thrown) ? unavailable(thrown) : thrown;
    const { status } = sendOutcome(request, reply, error, publicUrl);
    if (status >= 500) logger.error({ err: thrown, requestId: request.id }, 'failed');
  };
}

/** Every response carries the request id, which is also in its log line and its events. */
function echoRequestId(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
}

/** SCIM is JSON under a name of its own (RFC 7644 section 3.1). Clients name it for requests without a body, too. */
function takeScim(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/scim+json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parse(request, String(body), done),
  );
}

/** `configure` of the service: registers everything under `/auth/{tenant}/oauth2/v1`. */
export async function registerRoutes(
  app: NestFastifyApplication,
  config: SharedServices['config'],
): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const handler = handlerFor(app.get(Tenants), new URL(config.PUBLIC_URL));
  followRequests(fastify);
  echoRequestId(fastify);
  wakePollers(fastify, app.get(Pollers));
  refuseOlderDatabase(fastify, app.get(DatabaseCheck), config.PUBLIC_URL);
  const takeForms = (scope: FastifyInstance) =>
    scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  takeForms(fastify);
  takeFiles(fastify);
  takeScim(fastify);
  const services = app.get<SharedServices>(SHARED_SERVICES);
  const fail = failureHandler(services.logger, config.PUBLIC_URL);
  await fastify.register(registrationRoutes(app.get(Tenants), services));
  await fastify.register(async (scope) => {
    // A body that is not a form is ignored. The error page then says which parameters are missing.
    scope.removeAllContentTypeParsers();
    takeForms(scope);
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.setErrorHandler(fail);
    // As long as the same request by GET may be.
    scope.post(POST_AUTHORIZE, { bodyLimit: MAX_URL_CHARACTERS }, handler);
  });
  await fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.setErrorHandler(fail);
    scope.all(`${ROUTE}/*`, handler);
    scope.all('/auth/*', (request, reply) => {
      const { headers, body } = notFoundAnswer(request, config.PUBLIC_URL);
      return reply.code(404).headers(headers).send(body);
    });
  });
}
