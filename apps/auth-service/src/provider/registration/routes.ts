/** The registration endpoint of each tenant (RFC 7591) and of each client (RFC 7592). */
import { issuerPath } from '@patient-access/internal-api';
import { type ErrorCode, oauthErrorBody, type OAuthErrorCode, rateLimitHeaders } from '@patient-access/fhir';
import { attemptOf, noteCode, noteReason } from '@patient-access/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CARRIES_LIMITS } from '../../domain/clients/metadata.ts';
import { invalidMetadata, RegistrationError } from '../../domain/clients/registration-error.ts';
import { callerOfClient } from '../audit/known-callers.ts';
import { clientAddress } from '../endpoints/client-address.ts';
import { failureBody, RETRY_AFTER } from '../endpoints/failures.ts';
import { notFoundBody } from '../endpoints/not-found.ts';
import { SECURITY_HEADERS } from '../endpoints/security-headers.ts';
import { TRY_AGAIN_AFTER } from '../endpoints/suspension.ts';
import { jsonFault } from './json-fault.ts';
import type { SharedServices } from '../shared-services.ts';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import type { Tenants } from '../tenants.ts';
import { bearerChallenge } from '../tokens/bearer-token.ts';
import { REGISTRATION_PATH } from '../../domain/urls.ts';
import type { KeysAt } from '../../domain/registration/software-statement.ts';
import {
  type ClientInformation,
  deleteOwn,
  readOwn,
  registerSelf,
  type RegistrationRequest,
  replaceOwn,
} from '../../domain/registration/self-registration.ts';

const REGISTER = `${issuerPath(':tenant')}${REGISTRATION_PATH}`;
const CLIENT = `${REGISTER}/:client`;
const MAX_BODY_BYTES = 16 * 1024;
const HEADERS = { ...SECURITY_HEADERS, pragma: 'no-cache' };

type Request = FastifyRequest<{ Params: { tenant: string; client: string } }>;
type Registering = RegistrationRequest & { keysAt: KeysAt };
type Act = (registration: Registering, request: Request, reply: FastifyReply) => Promise<unknown>;

function jsonOf({ body, headers }: Request): unknown {
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? ''))
    throw invalidMetadata('the body must be application/json');
  const text = String(body);
  try {
    return JSON.parse(text);
  } catch {
    throw invalidMetadata(`the body cannot be parsed as JSON: ${jsonFault(text)}`);
  }
}

/**
 * The token from the header, and from nowhere else (RFC 6750 section 2.1).
 * @returns '' for a header that holds no such token
 */
function bearerOf({ headers: { authorization } }: Request): string | undefined {
  if (authorization === undefined) return undefined;
  return /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization)?.[1] ?? '';
}

/** Client information response (RFC 7591 section 3.2.1, RFC 7592 section 3). */
function informationBody(tenant: Tenant, information: ClientInformation) {
  const { id, issuedAt, metadata, secret, registrationToken, statement } = information;
  return {
    client_id: id,
    client_id_issued_at: Math.floor(issuedAt.getTime() / 1000),
    ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
    ...metadata,
    ...(statement !== undefined && { software_statement: statement }),
    // Said in either case, so that whoever registers learns of the field.
    [CARRIES_LIMITS]: metadata[CARRIES_LIMITS] ?? false,
    registration_access_token: registrationToken,
    registration_client_uri: `${tenant.issuer}${REGISTRATION_PATH}/${id}`,
  };
}

/** The plan has no registration endpoint, so there is nothing at its path. */
class ClosedRegistration extends Error {}

const create: Act = async (registration, request, reply) => {
  const { tenant } = registration;
  if (tenant.registration === 'closed') throw new ClosedRegistration();
  const information = await registerSelf(registration, jsonOf(request));
  if (information.quota) void reply.headers(rateLimitHeaders([information.quota]));
  return reply.code(201).send(informationBody(tenant, information));
};
const read: Act = async (registration, request) => {
  const { tenant } = registration;
  const information = await readOwn(registration, request.params.client);
  const { id: clientId, metadata } = information;
  const caller = callerOfClient({ clientId, clientName: metadata.client_name });
  attemptOf(request).known = { tenant: tenant.id, caller };
  return informationBody(tenant, information);
};
const replace: Act = async (registration, request) =>
  informationBody(
    registration.tenant,
    await replaceOwn(registration, request.params.client, jsonOf(request)),
  );
const remove: Act = async (registration, { params }, reply) => {
  await deleteOwn(registration, params.client);
  return reply.code(204).send();
};

/** The definition of a refusal, by its word of RFC 7591. */
const DEFINITIONS: Readonly<Record<RegistrationError['code'], OAuthErrorCode>> = {
  invalid_redirect_uri: 'registration-redirect-uri-invalid',
  invalid_client_metadata: 'registration-invalid',
  unapproved_software_statement: 'software-statement-unapproved',
  invalid_token: 'registration-token-invalid',
  temporarily_unavailable: 'plan-suspended',
};

const definitionOf = ({ status, code }: RegistrationError): OAuthErrorCode | ErrorCode =>
  status === 429 ? 'throttled' : DEFINITIONS[code];

/** Errors in the form of RFC 7591. */
const failureHandler =
  ({ logger, config: { PUBLIC_URL: publicUrl } }: SharedServices) =>
  (error: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply): void => {
    const unexpected = (error.statusCode ?? 500) >= 500;
    const about = { requestId: request.id, publicUrl };
    if (error instanceof RegistrationError) {
      const { status, code, message, headers } = error;
      const { authorization } = request.headers;
      noteReason(request, code.replaceAll('_', '-'));
      noteCode(request, definitionOf(error));
      return void reply
        .code(status)
        .headers({
          ...HEADERS,
          ...headers,
          ...(status === 401 && bearerChallenge('registration', authorization)),
        })
        .send(oauthErrorBody(definitionOf(error), code, message, about));
    }
    if (error instanceof ClosedRegistration) return void reply.code(404).send(notFoundBody(about));
    void reply.headers(HEADERS);
    if (!unexpected)
      return void reply
        .code(error.statusCode ?? 400)
        .send(
          oauthErrorBody(
            error.statusCode === 413 ? 'body-too-large' : 'registration-invalid',
            'invalid_client_metadata',
            error.statusCode === 413
              ? `The body is larger than ${MAX_BODY_BYTES / 1024} KiB.`
              : 'The body cannot be read.',
            about,
          ),
        );
    logger.error({ err: error, requestId: request.id }, 'a registration failed');
    void reply.code(503).header('retry-after', RETRY_AFTER).send(failureBody(about));
  };

/** @returns a Fastify plug-in with its own error handler: every error has the form of RFC 7591 */
export function registrationRoutes(tenants: Tenants, services: SharedServices) {
  const { pool, config } = services;
  const notFound = ({ id: requestId }: Request) => notFoundBody({ requestId, publicUrl: config.PUBLIC_URL });
  const handle = (act: Act) => async (request: Request, reply: FastifyReply) => {
    const server = await tenants.get(request.params.tenant);
    if (!server) return reply.code(404).send(notFound(request));
    void reply.headers(HEADERS);
    const { tenant, statementKeys } = server;
    if (tenant.suspended)
      throw new RegistrationError(503, 'temporarily_unavailable', 'this plan is suspended', {
        'retry-after': TRY_AGAIN_AFTER,
      });
    const keysAt: KeysAt = (url, kid) => statementKeys.keys(url, kid);
    const context = { pool, tenant, keysAt, address: clientAddress(request), requestId: request.id };
    return act({ ...context, token: bearerOf(request) }, request, reply);
  };
  return async (scope: FastifyInstance): Promise<void> => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
      (_request, body, done) => done(null, body),
    );
    scope.setErrorHandler(failureHandler(services));
    scope.post(REGISTER, handle(create));
    scope.get(CLIENT, handle(read));
    scope.put(CLIENT, handle(replace));
    scope.delete(CLIENT, handle(remove));
  };
}
