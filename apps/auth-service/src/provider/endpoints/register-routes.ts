/** The engine's endpoints on Fastify: raw streams, in a scope of their own, as the engine parses bodies itself. */
import { issuerPath } from '@patient-access/internal-api';
import type { IncomingMessage } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthConfig } from '../../config.ts';
import { NOT_FOUND } from './not-found.ts';
import { registrationRoutes } from '../registration/routes.ts';
import { SHARED_SERVICES, type SharedServices } from '../shared-services.ts';
import { Tenants } from '../tenants.ts';

type TenantRequest = FastifyRequest<{ Params: { tenant: string } }>;

const ROUTE = issuerPath(':tenant');
const POST_AUTHORIZE = `${ROUTE}/authorize`;
const FORM = 'application/x-www-form-urlencoded';

/** What the engine may believe about where a request came to: the public URL, not the request's own headers. */
function setPublicHost(raw: IncomingMessage, request: FastifyRequest, publicUrl: URL): void {
  raw.headers.host = publicUrl.host;
  raw.headers['x-forwarded-proto'] = publicUrl.protocol.slice(0, -1);
  delete raw.headers['x-forwarded-host'];
  raw.headers['x-request-id'] = request.id;
}

function handlerFor(tenants: Tenants, publicUrl: URL) {
  return async (request: TenantRequest, reply: FastifyReply): Promise<void> => {
    const server = await tenants.get(request.params.tenant);
    if (!server) return void (await reply.code(404).send(NOT_FOUND));
    const { raw } = request;
    raw.url = raw.url?.slice(issuerPath(request.params.tenant).length) || '/';
    // SMART wants POST at the authorization endpoint; the engine's own support would need SameSite=None cookies.
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

/** Every answer can be found again by the id that its log line and its events carry. */
function echoRequestId(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
}

/** `configure` of the service: everything under `/auth/{tenant}/oauth2/v1`. */
export async function registerRoutes(
  app: NestFastifyApplication,
  config: Readonly<AuthConfig>,
): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const handler = handlerFor(app.get(Tenants), new URL(config.PUBLIC_URL));
  echoRequestId(fastify);
  const takeForms = (scope: FastifyInstance) =>
    scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  takeForms(fastify);
  await fastify.register(registrationRoutes(app.get(Tenants), app.get<SharedServices>(SHARED_SERVICES)));
  await fastify.register(async (scope) => {
    // Anything but a form says nothing, and gets the page that says what is missing.
    scope.removeAllContentTypeParsers();
    takeForms(scope);
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.post(POST_AUTHORIZE, handler);
  });
  await fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.all(`${ROUTE}/*`, handler);
    scope.all('/auth/*', (_request, reply) => reply.code(404).send(NOT_FOUND));
  });
}
